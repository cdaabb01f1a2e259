import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { CliError } from "../problem.ts";

const managers = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
] as const;

/** The package manager that the app uses: by its lock file, or else npm. */
export const packageManagerOf = (exists: (path: string) => boolean): string =>
  managers.find(([file]) => exists(file))?.[1] ?? "npm";

/** Installs what package.json names. Its output goes to stderr. @throws CliError when it fails */
export const install = (folder: string, manager: string): void => {
  const { status, error } = spawnSync(manager, ["install"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  const reason = error?.message ?? `exit code ${status}`;
  throw new CliError("failed", `${manager} install failed (${reason}); run it again, then npx millrace dev`);
};

const manifest = z.looseObject({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

const ownRoot = join(import.meta.dirname, "..", "..");

/** The versions with which this version of Millrace was tested, and its own. */
export const testedVersions = (): Readonly<Record<string, string>> => {
  const { version, dependencies, devDependencies } = readManifest(join(ownRoot, "package.json"));
  return { ...devDependencies, ...dependencies, millrace: ownSpecifier() ?? version };
};

/**
 * What this package was installed from, if that is no registry: `npx --package ./millrace.tgz` records it in the folder
 * that it installs into.
 */
const ownSpecifier = (): string | undefined => {
  const parent = dirname(dirname(ownRoot));
  const path = join(parent, "package.json");
  if (!existsSync(path)) return undefined;
  const specifier = readManifest(path).dependencies["millrace"];
  return specifier?.startsWith("file:") ? `file:${resolve(parent, specifier.slice(5))}` : undefined;
};

const readManifest = (path: string): z.infer<typeof manifest> =>
  manifest.parse({ version: "0.0.0", ...JSON.parse(readFileSync(path, "utf8")) });
