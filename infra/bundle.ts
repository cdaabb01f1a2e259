import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { build, formatMessages, type Plugin } from "esbuild";

/** One bundle serves the workers of all lanes. */
const bundleNames = ["dispatcher", "sweeper", "worker"] as const;
type BundleName = (typeof bundleNames)[number];

/** The folder of each function: what Lambda is given as its code, and what the embedded stack runs. */
export type Bundles = Readonly<Record<BundleName, string>>;

export interface BundleOptions {
  /** Holds `functions/` and, if the jobs need files at run time, `jobs/data/`. Default: this project. */
  readonly root?: string;
  /** Gets one folder per function. Default: `dist/functions` in `root`. */
  readonly outDir?: string;
}

/**
 * Bundles every function with the SDK inside, as `<outDir>/<name>/index.js`, its source map beside it and `jobs/data`
 * as its `data`. The same sources give the same bytes, in whichever `outDir`, and a file that is right already is
 * left alone: so an unchanged function is not deployed again, nor disturbed while it runs.
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

/** Says what the code is to a Node that runs it below this project, whose own package.json says ESM. */
const manifest = ["package.json", new TextEncoder().encode('{ "type": "commonjs" }\n')] as const;

const inFolder = (folder: string, files: Files): readonly (readonly [string, Uint8Array])[] =>
  [...files].map(([path, bytes]) => [join(folder, path), bytes]);

/**
 * CommonJS made of ESM sources: of all combinations it starts fastest (157 ms where ESM takes 211). Source maps leave
 * the sources out: a stack trace needs only positions, and what is not deployed cannot leak.
 */
const bundledCode = async (root: string): Promise<ReadonlyMap<string, Files>> => {
  const { outputFiles, warnings } = await build({
    absWorkingDir: root,
    entryPoints: entryPointsOf(root),
    plugins: [externalJobSecrets],
    // Nothing is written here: a source map holds paths relative to this folder, so that it must not vary.
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
 * Every function as `<name>/index`, and beside the worker the module of its watchdog's thread and the one that reads
 * secrets: with two clients of AWS it is a fifth of the worker's code, and only a stage with secrets loads it.
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

/** Makes of the import of that module one of the file beside the bundle. */
const externalJobSecrets: Plugin = {
  name: "apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/shared\/aws\/job-secrets\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${secretsFile}.js`, external: true } : undefined,
    ),
};

/** A module is strict, and a script must ask for it. What a script lacks of `import.meta` is made of what it has. */
const banner = `"use strict"; const bundleUrl = require("node:url").pathToFileURL(__filename).href;`;

/** A job finds its file as `new URL("data/x.csv", import.meta.url)`, bundled or not. */
const moduleLocation = {
  "import.meta.url": "bundleUrl",
  "import.meta.dirname": "__dirname",
  "import.meta.filename": "__filename",
};

/** Every file of a folder and of the folders in it; none if there is no such folder. */
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

/** By renaming `fresh`, so that a function that starts at this moment reads the old file or the new one, whole. */
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
