import { spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, sep } from "node:path";
import { type ExternalPackage, packageFolder, readManifest } from "./external-packages.ts";
import { type Project, ProjectError } from "./project.ts";

/** What the functions run on: see pipeline-function.ts. */
const platform = ["--os=linux", "--cpu=arm64", "--libc=glibc"];

/**
 * Installs packages for Lambda, in the versions that the app has, by npm. An installation is kept and used again.
 * @returns the folder `node_modules`
 * @throws ProjectError when a package cannot be installed, or has no machine code for Lambda
 */
export const installPackages = (project: Project, packages: readonly ExternalPackage[]): string => {
  const manifest = manifestOf(packages);
  const hash = createHash("sha256").update(manifest).digest("hex").slice(0, 16);
  const folder = join(project.root, ".millrace", "build", "packages", hash);
  const installed = join(folder, "node_modules");
  if (existsSync(installed)) return installed;
  const fresh = `${folder}.${randomUUID()}`;
  mkdirSync(fresh, { recursive: true });
  try {
    writeFileSync(join(fresh, "package.json"), manifest);
    // Registries and their credentials.
    const npmrc = join(project.root, ".npmrc");
    if (existsSync(npmrc)) copyFileSync(npmrc, join(fresh, ".npmrc"));
    runNpm(fresh, packages);
    const modules = join(fresh, "node_modules");
    for (const name of [".bin", ".package-lock.json"])
      rmSync(join(modules, name), { recursive: true, force: true });
    for (const one of packages) checkMachineCode(modules, one);
    rmSync(join(fresh, ".npmrc"), { force: true });
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return installed;
};

/** Overrides hold the dependencies of the packages at the app's versions. */
const manifestOf = (packages: readonly ExternalPackage[]): string => {
  const dependencies = packages
    .map(({ name, version }) => [name, version] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const versions = new Map<string, Set<string>>();
  const visited = new Set<string>();
  for (const { folder } of packages) collectVersions(folder, versions, visited);
  const overrides = [...versions]
    .filter(([name, found]) => found.size === 1 && !packages.some((one) => one.name === name))
    .map(([name, found]) => [name, [...found][0]] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ private: true, dependencies: Object.fromEntries(dependencies), overrides: Object.fromEntries(overrides) }, null, 2)}\n`;
};

const collectVersions = (folder: string, versions: Map<string, Set<string>>, visited: Set<string>): void => {
  if (visited.has(folder)) return;
  visited.add(folder);
  const { dependencies, optionalDependencies, peerDependencies } = readManifest(folder);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const found = packageFolder(name, folder);
    if (found === undefined) continue;
    const { version } = readManifest(found);
    if (version !== undefined) versions.set(name, (versions.get(name) ?? new Set()).add(version));
    collectVersions(found, versions, visited);
  }
};

const runNpm = (folder: string, packages: readonly ExternalPackage[]): void => {
  const { stdout, stderr, status, error } = spawnSync(
    "npm",
    [
      "install",
      `--prefix=${folder}`,
      ...platform,
      "--include=optional",
      "--omit=dev",
      "--ignore-scripts",
      "--no-package-lock",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
    ],
    { cwd: folder, encoding: "utf8", env: withoutNpm(process.env), shell: process.platform === "win32" },
  );
  if (error === undefined && status === 0) return;
  const reason = error?.message ?? firstLine(stderr || stdout);
  throw new ProjectError(
    `${listOf(packages)} cannot be installed for Lambda: ${reason}; it needs npm 10 or later, which comes with Node, and the registry that the app uses`,
  );
};

const listOf = (packages: readonly ExternalPackage[]): string =>
  packages.map(({ name, version }) => `${name}@${version}`).join(", ");

const firstLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.replace(/^npm (?:error|ERR!) ?/, "").trim())
    .find((line) => line !== "" && !line.startsWith("code ")) ?? "npm failed";

/** Without the settings of an npm that started this process: they say where the app is. */
const withoutNpm = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_(?!config_(?:registry|userconfig|cache)$)/i.test(name)),
  );

const checkMachineCode = (modules: string, { name, version, folder, isNative }: ExternalPackage): void => {
  if (!isNative) return;
  const { optionalDependencies } = readManifest(folder);
  const places = [name, ...Object.keys({ ...optionalDependencies })].map((one) => join(modules, one));
  if (places.some(hasArm64)) return;
  throw new ProjectError(
    `${name}@${version} cannot be deployed: its package has no machine code for linux-arm64, on which Lambda runs the jobs; use a package that has, such as @node-rs/bcrypt or sharp, since what an install script compiles or downloads fits only the machine that it runs on`,
  );
};

const hasArm64 = (folder: string): boolean =>
  existsSync(folder) &&
  readdirSync(folder, { recursive: true, withFileTypes: true }).some(
    (entry) => entry.isFile() && machineOf(`${entry.parentPath}${sep}${entry.name}`) === arm64,
  );

/** The machine of an ELF file, from its header. */
const arm64 = 0xb7;

const machineOf = (path: string): number | undefined => {
  const header = Buffer.alloc(20);
  const file = openSync(path, "r");
  try {
    const size = readSync(file, header);
    return size === header.length && header.readUInt32BE(0) === 0x7f454c46
      ? header.readUInt16LE(18)
      : undefined;
  } finally {
    closeSync(file);
  }
};
