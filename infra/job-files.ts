import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { type Loader, type OnLoadResult, type PartialMessage, type Plugin, transform } from "esbuild";
import { type FileReference, fileReferences } from "./file-references.ts";
import { nameOfFile, type Project } from "./project.ts";

export interface JobFilesOptions {
  readonly project: Project;
  /** Folders inside the project whose modules keep the location of the bundle, such as the functions. */
  readonly except?: readonly string[];
  /** What `import.meta` of a module is: its place in the project, or the same place below the bundle. */
  readonly location: "project" | "bundle";
  /** Receives the path of each file that a module refers to, relative to the project. */
  readonly onFile?: (path: string) => void;
}

/**
 * Gives each module of a project a location of its own in place of the bundle's, and finds the files that it reads
 * beside it. A module and its files have the same places below the bundle as in the project.
 */
export const jobFiles = (options: JobFilesOptions): Plugin => ({
  name: "job-files",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: "file" }, async ({ path }) => await load(options, path));
  },
});

const load = async (options: JobFilesOptions, path: string): Promise<OnLoadResult | undefined> => {
  if (!isOfProject(options, path)) return undefined;
  const source = readFileSync(path, "utf8");
  if (!source.includes("import.meta")) return undefined;
  const loader = loaderOf(path);
  const { code } = await transform(source, { loader, format: "esm", charset: "utf8" }).catch(() => ({
    code: "",
  }));
  const { found, computed } = fileReferences(code);
  const message = (text: string, quoted: string): PartialMessage => {
    const { project } = options;
    return { text, location: { file: nameOfFile(project, path), line: lineOf(source, quoted) } };
  };
  const files: string[] = [];
  const errors = computed.map((call) => message(`${call}: ${whatToWrite}`, "import.meta"));
  for (const reference of found) {
    const answer = filesOf(options.project, path, reference);
    if (typeof answer === "string") errors.push(message(answer, reference.path));
    else files.push(...answer);
  }
  if (errors.length > 0) return { errors, watchFiles: [path] };
  for (const file of files) options.onFile?.(nameOfFile(options.project, file));
  // On the first line, so that the others keep their numbers.
  return { contents: `${locationText(options, path)}${source}`, loader, watchFiles: files };
};

const whatToWrite =
  "expected a path as text, so that the file can be deployed; or put the files into jobs/data and read dataFile(name)";

const isOfProject = ({ project, except = [] }: JobFilesOptions, path: string): boolean =>
  isInside(project.root, path) &&
  !relative(project.root, path).split(sep).includes("node_modules") &&
  !except.some((folder) => isInside(folder, path));

const isInside = (folder: string, path: string): boolean => path.startsWith(`${folder}${sep}`);

const loaderOf = (path: string): Loader => {
  const ending = extname(path).replace(/^\.[cm]?/, "");
  return ending === "tsx" || ending === "jsx" || ending === "ts" ? ending : "js";
};

const lineOf = (source: string, text: string): number => {
  const lines = source.split("\n");
  const first = lines.findIndex((line) => line.includes(text));
  return (first < 0 ? lines.findIndex((line) => line.includes("import.meta")) : first) + 1;
};

/** Paths of the files, or the sentence that says why they cannot be deployed. */
const filesOf = (
  project: Project,
  module: string,
  { path, isFolder }: FileReference,
): readonly string[] | string => {
  const target = resolve(dirname(module), path);
  const name = nameOfFile(project, target);
  if (!isInside(project.root, target)) {
    return `"${path}": expected a file in the app's folder ${project.root}, to deploy it; move the file`;
  }
  const stats = statSync(target, { throwIfNoEntry: false });
  if (!stats) return `"${path}": expected a file beside this one, and ${name} does not exist`;
  if (stats.isFile()) {
    return isFolder ? `"${path}": expected a folder, and ${name} is a file` : [target];
  }
  return isInside(target, module) ? `"${path}": ${whatToWrite}` : filesBelow(target);
};

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Declares, for one module, the names that `moduleLocation` puts in place of `import.meta`. */
const locationText = ({ project, location }: JobFilesOptions, path: string): string => {
  if (location === "bundle") {
    const place = JSON.stringify(nameOfFile(project, path));
    return `const bundleUrl = locateUrl(${place}), bundleFolder = locatePath(${place}, ".."), bundleFile = locatePath(${place}); `;
  }
  const [url, folder, file] = [pathToFileURL(path).href, dirname(path), path].map((text) =>
    JSON.stringify(text),
  );
  return `const bundleUrl = ${url}, bundleFolder = ${folder}, bundleFile = ${file}; `;
};
