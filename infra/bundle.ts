import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { build, formatMessages, type Plugin } from "esbuild";

/** One bundle serves the workers of all lanes. */
const bundleNames = ["dispatcher", "sweeper", "worker"] as const;
type BundleName = (typeof bundleNames)[number];

/** The folder of each function's code, for Lambda and for the embedded stack. */
export type Bundles = Readonly<Record<BundleName, string>>;

export interface BundleOptions {
  /** Holds `functions/` and, if the jobs need files at run time, `jobs/data/`. Default: this project. */
  readonly root?: string;
  /** Receives one folder per function. Default: `dist/functions` in `root`. */
  readonly outDir?: string;
}

/**
 * Bundles every function with the SDK inside, as `<outDir>/<name>/index.js`, its source map beside it and `jobs/data`
 * as its `data`. The same sources produce the same bytes in any `outDir`, and a file that is already up to date is not
 * written. So an unchanged function is neither deployed again nor disturbed while it runs.
 */
export const bundleFunctions = async (options: BundleOptions = {}): Promise<Bundles> => {
  const root = resolve(options.root ?? dirname(import.meta.dirname));
  const outDir = resolve(options.outDir ?? join(root, "dist", "functions"));
  const [code, data] = await Promise.all([bundledCode(root), filesIn(join(root, "jobs", "data"))]);
  const folderOf = async (name: BundleName): Promise<string> => {
    const folder = join(outDir, name);
    await writeFolder(folder, new Map([...(code.get(name) ?? []), manifest, ...inFolder("data", data)]));
    return folder;
  };
  const [dispatcher, sweeper, worker] = await Promise.all([
    folderOf("dispatcher"),
    folderOf("sweeper"),
    folderOf("worker"),
  ]);
  return { dispatcher, sweeper, worker };
};

/** Contents by path, relative to a folder. */
type Files = ReadonlyMap<string, Uint8Array>;

/** Marks the code as CommonJS for a Node that runs it inside this project, whose own package.json says ESM. */
const manifest = ["package.json", new TextEncoder().encode('{ "type": "commonjs" }\n')] as const;

const inFolder = (folder: string, files: Files): readonly (readonly [string, Uint8Array])[] =>
  [...files].map(([path, bytes]) => [join(folder, path), bytes]);

/**
 * Bundles ESM sources to CommonJS, the combination that starts fastest (157 ms; ESM takes 211). Source maps do not
 * contain the sources: a stack trace needs only positions, and what is not deployed cannot leak.
 */
const bundledCode = async (root: string): Promise<ReadonlyMap<string, Files>> => {
  const { outputFiles, warnings } = await build({
    absWorkingDir: root,
    entryPoints: entryPointsOf(root),
    plugins: [externalJobSecrets],
    // Nothing is written here. It must not vary, because a source map contains paths relative to this folder.
    outdir: join(root, "dist", "functions"),
    write: false,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    mainFields: ["module", "main"],
    minify: true,
    // Classes keep their names, which logs and error policies may use: 5 ms of start-up, 5 % of size.
    keepNames: true,
    sourcemap: "linked",
    sourcesContent: false,
    define: moduleLocation,
    logLevel: "silent",
    banner: { js: banner },
  });
  if (warnings.length > 0) throw new Error((await formatMessages(warnings, { kind: "warning" })).join("\n"));
  const folders = Map.groupBy(outputFiles, ({ path }) => basename(dirname(path)));
  return new Map(
    [...folders].map(([name, files]) => [
      name,
      new Map(files.map(({ path, contents }) => [basename(path), contents])),
    ]),
  );
};

/**
 * Every function as `<name>/index`, and beside the worker two more modules: its watchdog's thread, and the one that
 * reads secrets. With two AWS clients the latter is a fifth of the worker's code, and only stages with secrets load it.
 */
const entryPointsOf = (root: string): Record<string, string> => {
  const besideWorker = {
    "watchdog-thread": "functions/watchdog-thread.ts",
    [secretsFile]: "shared/aws/job-secrets.ts",
  };
  return Object.fromEntries([
    ...bundleNames.map((name) => [`${name}/index`, join(root, "functions", `${name}.ts`)]),
    ...Object.entries(besideWorker)
      .map(([name, path]) => [`worker/${name}`, join(root, path)] as const)
      .filter(([, path]) => existsSync(path)),
  ]);
};

const secretsFile = "job-secrets";

/** Redirects the import of the secrets module to the file beside the bundle. */
const externalJobSecrets: Plugin = {
  name: "external-job-secrets",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/shared\/aws\/job-secrets\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${secretsFile}.js`, external: true } : undefined,
    ),
};

/** A script, unlike a module, must ask for strict mode, and has no `import.meta`. */
const banner = `"use strict"; const bundleUrl = require("node:url").pathToFileURL(__filename).href;`;

/** So that a job finds its data file as `new URL("data/x.csv", import.meta.url)`, bundled or not. */
const moduleLocation = {
  "import.meta.url": "bundleUrl",
  "import.meta.dirname": "__dirname",
  "import.meta.filename": "__filename",
};

/** Reads all files of a folder, recursively. Empty when the folder does not exist. */
const filesIn = async (folder: string): Promise<Files> => {
  const paths = await pathsIn(folder);
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path))] as const)),
  );
};

const pathsIn = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ifAbsent([]));
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
};

const writeFolder = async (folder: string, files: Files): Promise<void> => {
  const stale = (await pathsIn(folder)).filter((path) => !files.has(path));
  await mkdir(folder, { recursive: true });
  await Promise.all([
    ...stale.map((path) => rm(join(folder, path), { force: true })),
    ...[...files].map(([path, bytes]) => replaceFile(join(folder, path), bytes, `${folder}.${randomUUID()}`)),
  ]);
};

/** Writes to `fresh` and renames it, so that a function that starts meanwhile reads either the old or the new file. */
const replaceFile = async (path: string, bytes: Uint8Array, fresh: string): Promise<void> => {
  const present = await readFile(path).catch(ifAbsent(undefined));
  if (present?.equals(bytes)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(fresh, bytes);
  await rename(fresh, path);
};

const ifAbsent =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === "ENOENT") return value;
    throw error;
  };
