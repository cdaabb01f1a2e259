import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";

const root = join(import.meta.dirname, "..", "..");

/** The packed package, and a folder outside of this project for apps that install it. */
export interface Packed {
  readonly tarball: string;
  readonly folder: string;
  remove(): void;
}

/** Builds and packs the package as for a release. */
export const pack = (): Packed => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-package-"));
  const node = (...args: readonly string[]): void =>
    void execFileSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  node(join("scripts", "build.ts"), join(folder, "built"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: join(folder, "built"),
    env: environment(),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const name = readdirSync(folder).find((file) => file.endsWith(".tgz")) ?? "";
  return { tarball: join(folder, name), folder, remove: () => rmSync(folder, { recursive: true }) };
};

/**
 * The developer's environment, with this process's Node first. Without AWS, and without what npm and Jest set for their
 * scripts; how the machine reaches a registry is kept.
 */
export const environment = (added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const isKept = (name: string): boolean =>
    /^npm_config_(registry|cafile|https?_proxy|noproxy)$/.test(name) ||
    !/^(AWS_|MILLRACE_|npm_|NODE_OPTIONS|NODE_ENV|JEST_)/.test(name);
  const kept = Object.entries(process.env).filter(([name]) => isKept(name));
  const { PATH = "" } = process.env;
  const path = [dirname(process.execPath), PATH].join(delimiter);
  return { ...Object.fromEntries(kept), CI: "true", NO_COLOR: "1", ...added, PATH: path };
};

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const execute = promisify(execFile);

const failure = z.object({
  code: z.int().catch(-1),
  stdout: z.string().catch(""),
  stderr: z.string().catch(""),
});

/** Runs a command without a terminal. Never throws. */
export const run = async (
  cwd: string,
  [command = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> => {
  try {
    const options = { cwd, env: environment(env), timeout: 240_000, maxBuffer: 2 ** 26 };
    const { stdout, stderr } = await execute(command, args, options);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = failure.parse(error);
    return { code, out: stdout, err: stderr };
  }
};
