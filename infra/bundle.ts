import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { build, formatMessages, type Metafile, type Plugin } from "esbuild";
import { jobsModule, moduleLocation, scriptBanner } from "./jobs-module.ts";
import type { Project } from "./project.ts";

/** One bundle serves the workers of all lanes. */
const bundleNames = ["dispatcher", "sweeper", "worker"] as const;
type BundleName = (typeof bundleNames)[number];

/** The folder of each function's code, for Lambda and for the embedded stack. */
export type Bundles = Readonly<Record<BundleName, string>>;

export interface BundleOptions {
  readonly project: Project;
  /** Receives one folder per function. Default: `.millrace/build/functions` in the project. */
  readonly outDir?: string;
  /** Holds the functions' sources. Default: ours. */
  readonly functionsDir?: string;
  /** Receives the paths of the bundled files, without those of packages. */
  readonly onInputs?: (paths: readonly string[]) => void;
}

/**
 * Bundles every function with a project's jobs and the SDK inside, as `<outDir>/<name>/index.js`, its source map beside
 * it and the jobs' `data` folder as its own. The same sources produce the same bytes in any `outDir`, and a file that is
 * already up to date is not written. So an unchanged function is neither deployed again nor disturbed while it runs.
 */
export const bundleFunctions = async (options: BundleOptions): Promise<Bundles> => {
  const { project } = options;
  const outDir = resolve(options.outDir ?? join(project.root, ".millrace", "build", "functions"));
  const [code, data] = await Promise.all([bundledCode(options), filesIn(join(project.jobsFolder, "data"))]);
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
const bundledCode = async ({
  project,
  functionsDir,
  onInputs,
}: BundleOptions): Promise<ReadonlyMap<string, Files>> => {
  const { outputFiles, warnings, metafile } = await build({
    absWorkingDir: project.root,
    entryPoints: entryPointsOf(functionsDir ?? ownFunctions),
    plugins: [jobsModule(project), externalJobSecrets],
    // Nothing is written here. It must not vary, because a source map contains paths relative to this folder.
    outdir: join(project.root, ".millrace", "build", "functions"),
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
    banner: { js: scriptBanner },
  });
  if (warnings.length > 0) throw new Error((await formatMessages(warnings, { kind: "warning" })).join("\n"));
  if (metafile) onInputs?.(ownFiles(metafile, project));
  const folders = Map.groupBy(outputFiles, ({ path }) => basename(dirname(path)));
  return new Map(
    [...folders].map(([name, files]) => [
      name,
      new Map(files.map(({ path, contents }) => [basename(path), contents])),
    ]),
  );
};

/** The files of a bundle that are not a package's. */
const ownFiles = ({ inputs }: Metafile, { root }: Project): readonly string[] =>
  Object.keys(inputs)
    .filter((path) => !path.startsWith("#") && !path.split("/").includes("node_modules"))
    .map((path) => resolve(root, path));

/**
 * Every function as `<name>/index`, and beside the worker two more modules: its watchdog's thread, and the one that
 * reads secrets. With two AWS clients the latter is a fifth of the worker's code, and only stages with secrets load it.
 */
const entryPointsOf = (folder: string): Record<string, string> => {
  const besideWorker = {
    "watchdog-thread": join(folder, `watchdog-thread${ending}`),
    [secretsFile]: join(folder, "..", "shared", "aws", `job-secrets${ending}`),
  };
  return Object.fromEntries([
    ...bundleNames.map((name) => [`${name}/index`, join(folder, `${name}${ending}`)]),
    ...Object.entries(besideWorker)
      .map(([name, path]) => [`worker/${name}`, path] as const)
      .filter(([, path]) => existsSync(path)),
  ]);
};

const ownFunctions = join(import.meta.dirname, "..", "functions");

/** TypeScript in a clone, JavaScript in the installed package. */
const ending = extname(import.meta.filename);

const secretsFile = "job-secrets";

/** Redirects the import of the secrets module to the file beside the bundle. */
const externalJobSecrets: Plugin = {
  name: "external-job-secrets",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/shared\/aws\/job-secrets\.[jt]s$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${secretsFile}.js`, external: true } : undefined,
    ),
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
