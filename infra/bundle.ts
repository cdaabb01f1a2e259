import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { build, type Metafile, type OutputFile, type Plugin } from "esbuild";
import { describeBuild, describeMessage, isBuildFailure } from "./build-problem.ts";
import { type ExternalPackage, externalPackages } from "./external-packages.ts";
import { installPackages } from "./install-packages.ts";
import { jobFiles } from "./job-files.ts";
import { enclosure, jobsModule, moduleLocation } from "./jobs-module.ts";
import { moduleEnding } from "./own-module.ts";
import { externalsOf, type Project, ProjectError } from "./project.ts";
import { bytesIn, type Files, filesIn, linkFolder, writeFolder } from "./write-folder.ts";

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
  /** Packages to leave out of the bundle, beside native ones and those of `millrace.external` in package.json. */
  readonly external?: readonly string[] | undefined;
  /**
   * Where the functions run. For `lambda`, packages that are not bundled are installed beside the code. Default: on this
   * machine, where they are found in the app.
   */
  readonly target?: "here" | "lambda";
  /** Receives the packages that are not bundled. */
  readonly onExternal?: (packages: readonly ExternalPackage[]) => void;
  /** Whether to make the code small. Without it, bundling takes two thirds of the time. Default: true. */
  readonly minify?: boolean;
  /** Receives the paths of the bundled files, without those of packages. */
  readonly onInputs?: (paths: readonly string[]) => void;
}

/**
 * Bundles every function with a project's jobs and the SDK inside, as `<outDir>/<name>/index.js`, its source map beside
 * it and the jobs' `data` folder as its own. The same sources produce the same bytes in any `outDir`, and a file that is
 * already up to date is not written. So an unchanged function is neither deployed again nor disturbed while it runs.
 */
export const bundleFunctions = async (options: BundleOptions): Promise<Bundles> => {
  const { project, target, onExternal } = options;
  const outDir = resolve(options.outDir ?? join(project.root, ".millrace", "build", "functions"));
  const [{ code, beside, external }, data] = await Promise.all([
    bundledCode(options),
    filesIn(join(project.jobsFolder, "data")),
  ]);
  onExternal?.(external);
  const packages =
    target === "lambda" && external.length > 0 ? installPackages(project, external) : undefined;
  const folderOf = async (name: BundleName): Promise<string> => {
    const folder = join(outDir, name);
    const files = new Map([...beside, ...(code.get(name) ?? []), manifest, ...inFolder("data", data)]);
    if (target === "lambda") await checkSize(name, files, packages);
    await linkFolder(join(folder, "node_modules"), packages);
    await writeFolder(folder, files);
    return folder;
  };
  const [dispatcher, sweeper, worker] = await Promise.all([
    folderOf("dispatcher"),
    folderOf("sweeper"),
    folderOf("worker"),
  ]);
  return { dispatcher, sweeper, worker };
};

/** What Lambda accepts of a function's code. */
const maxBytes = 250 * 1024 * 1024;

const checkSize = async (name: BundleName, files: Files, packages: string | undefined): Promise<void> => {
  const own = [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const bytes = own + (packages === undefined ? 0 : await bytesIn(packages));
  if (bytes <= maxBytes) return;
  const [got, most] = [bytes, maxBytes].map((count) => `${Math.ceil(count / 1024 / 1024)} MB`);
  throw new ProjectError(
    `the ${name} with its jobs, their packages and jobs/data has ${got}, and Lambda accepts ${most}; keep large files in S3, and leave out packages that no job needs`,
  );
};

/** Marks the code as CommonJS for a Node that runs it inside this project, whose own package.json says ESM. */
const manifest = ["package.json", new TextEncoder().encode('{ "type": "commonjs" }\n')] as const;

const inFolder = (folder: string, files: Files): readonly (readonly [string, Uint8Array])[] =>
  [...files].map(([path, bytes]) => [join(folder, path), bytes]);

interface Code {
  /** The files of each function. */
  readonly code: ReadonlyMap<string, Files>;
  /** The files that jobs read beside them. */
  readonly beside: Files;
  readonly external: readonly ExternalPackage[];
}

/**
 * Bundles ESM sources to CommonJS, the combination that starts fastest (157 ms; ESM takes 211). Source maps do not
 * contain the sources: a stack trace needs only positions, and what is not deployed cannot leak.
 */
const bundledCode = async (options: BundleOptions): Promise<Code> => {
  const { project, functionsDir = ownFunctions, external = [], minify = true, onInputs } = options;
  const files = new Set<string>();
  const packages = new Map<string, ExternalPackage>();
  const { outputFiles, warnings, metafile } = await build({
    absWorkingDir: project.root,
    entryPoints: entryPointsOf(functionsDir),
    plugins: [
      jobsModule(project),
      externalJobSecrets,
      externalPackages({
        project,
        external: [...external, ...externalsOf(project)],
        onPackage: (found) => packages.set(found.name, found),
      }),
      jobFiles({
        project,
        except: [functionsDir, join(ownFunctions, "..", "shared")],
        location: "bundle",
        onFile: (path) => files.add(path),
      }),
    ],
    // Nothing is written here. It must not vary, because a source map contains paths relative to this folder.
    outdir: join(project.root, ".millrace", "build", "functions"),
    write: false,
    bundle: true,
    metafile: onInputs !== undefined,
    platform: "node",
    target: "node24",
    format: "cjs",
    mainFields: ["module", "main"],
    minify,
    // Classes keep their names, which logs and error policies may use: 5 ms of start-up, 5 % of size.
    keepNames: true,
    sourcemap: "linked",
    sourcesContent: false,
    define: moduleLocation,
    logLevel: "silent",
    ...enclosure,
  }).catch(throwProblem);
  const [warning] = warnings;
  if (warning) throw new ProjectError(describeMessage(warning));
  const paths = [...files].sort();
  if (metafile)
    onInputs?.([...ownFiles(metafile, project), ...paths.map((path) => join(project.root, path))]);
  const beside = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(project.root, path))] as const),
  );
  return { code: byFunction(outputFiles), beside: new Map(beside), external: [...packages.values()] };
};

const throwProblem = (error: unknown): never => {
  throw isBuildFailure(error) ? new ProjectError(describeBuild(error), { cause: error }) : error;
};

const byFunction = (outputFiles: readonly OutputFile[]): Code["code"] =>
  new Map(
    [...Map.groupBy(outputFiles, ({ path }) => basename(dirname(path)))].map(([name, files]) => [
      name,
      new Map(files.map(({ path, contents }) => [basename(path), contents])),
    ]),
  );

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
    "watchdog-thread": join(folder, `watchdog-thread${moduleEnding}`),
    [secretsFile]: join(folder, "..", "shared", "aws", `job-secrets${moduleEnding}`),
  };
  return Object.fromEntries([
    ...bundleNames.map((name) => [`${name}/index`, join(folder, `${name}${moduleEnding}`)]),
    ...Object.entries(besideWorker)
      .map(([name, path]) => [`worker/${name}`, path] as const)
      .filter(([, path]) => existsSync(path)),
  ]);
};

const ownFunctions = join(import.meta.dirname, "..", "functions");

const secretsFile = "job-secrets";

/** Redirects the import of the secrets module to the file beside the bundle. */
const externalJobSecrets: Plugin = {
  name: "external-job-secrets",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/shared\/aws\/job-secrets\.[jt]s$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${secretsFile}.js`, external: true } : undefined,
    ),
};
