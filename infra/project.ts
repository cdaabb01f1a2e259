import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import * as z from "zod";

/** Where the jobs of an app are. */
export interface Project {
  /** The folder of the app's package.json. */
  readonly root: string;
  /** Holds the job files, and `data/` with the files that jobs read. */
  readonly jobsFolder: string;
  /** The modules that export jobs and schedules: `index`, and `schedules` if there is one. Absolute paths. */
  readonly modules: readonly string[];
}

export interface ProjectQuery {
  /** Where the command was called. The project is here or in a folder above. */
  readonly from: string;
  /** A folder of jobs or a module, relative to `from`. Default: `millrace.jobs` in package.json, or else `jobs`. */
  readonly jobs?: string | undefined;
  /** What messages call the option `jobs`. Default: `--jobs`. */
  readonly option?: string;
}

/** The jobs of a project cannot be found or loaded. The message is one sentence that names the file. */
export class ProjectError extends Error {
  override readonly name = "ProjectError";
}

/** @throws ProjectError when there are no jobs at that place */
export const findProject = ({ from, jobs, option = "--jobs" }: ProjectQuery): Project => {
  const root = projectRoot(from);
  const place = jobs === undefined ? placeIn(root) : { path: resolve(from, jobs), chosenBy: option };
  return projectAt(root, place);
};

interface Place {
  readonly path: string;
  /** What chose it. Undefined for the default. */
  readonly chosenBy?: string;
}

const projectAt = (root: string, { path, chosenBy }: Place): Project => {
  const shown = relative(root, path) || ".";
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) return { root, jobsFolder: dirname(path), modules: [path] };
  if (!stats) {
    throw new ProjectError(
      chosenBy === undefined
        ? `there is no folder ${shown} in ${root}: run npx millrace init to add one, or pass --jobs with the folder of your jobs`
        : `${chosenBy}: expected a folder or a module with jobs, and ${shown} does not exist in ${root}`,
    );
  }
  const index = moduleIn(path, "index");
  if (index === undefined) {
    throw new ProjectError(
      `${join(shown, "index.ts")} does not exist in ${root}: create it, and export the jobs from it`,
    );
  }
  const schedules = moduleIn(path, "schedules");
  return { root, jobsFolder: path, modules: schedules === undefined ? [index] : [index, schedules] };
};

/** How a project's file is called in messages: relative to its root, with forward slashes. */
export const nameOfFile = ({ root }: Pick<Project, "root">, path: string): string =>
  relative(root, path).split(sep).join("/");

const endings = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];

const moduleIn = (folder: string, name: string): string | undefined =>
  endings.map((ending) => join(folder, `${name}.${ending}`)).find((path) => existsSync(path));

/** The nearest folder with a package.json, at `from` or above it. Without one, `from` itself. */
export const projectRoot = (from: string): string => rootAbove(from) ?? resolve(from);

const rootAbove = (folder: string): string | undefined => {
  const path = resolve(folder);
  if (existsSync(join(path, "package.json"))) return path;
  const parent = dirname(path);
  return parent === path ? undefined : rootAbove(parent);
};

const settings = z.object({
  millrace: z
    .object({
      jobs: z.string({ error: 'expected the folder of your jobs, such as "./jobs"' }).min(1).optional(),
      external: z
        .array(z.string().min(1), { error: 'expected a list of packages, such as ["pdfkit"]' })
        .optional(),
    })
    .optional(),
});

/** The packages that an app wants to be installed beside the code and not bundled: `millrace.external`. */
export const externalsOf = ({ root }: Project): readonly string[] =>
  readSettings(root).millrace?.external ?? [];

const placeIn = (root: string): Place => {
  const wanted = readSettings(root).millrace?.jobs;
  return wanted === undefined
    ? { path: join(root, "jobs") }
    : { path: resolve(root, wanted), chosenBy: "millrace.jobs in package.json" };
};

const readSettings = (root: string): z.infer<typeof settings> => {
  const path = join(root, "package.json");
  if (!existsSync(path)) return {};
  const { success, data, error } = settings.safeParse(parseJson(path));
  if (success) return data;
  throw new ProjectError(`${path}: ${error.issues[0]?.path.join(".")}: ${error.issues[0]?.message}`);
};

const parseJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ProjectError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
};
