import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type JobModule, type Registry, registryOf } from "../shared/core/jobs/registry.ts";
import { describeBuild, isBuildFailure } from "./build-problem.ts";
import { jobFiles } from "./job-files.ts";
import { enclosure, jobsModuleText, moduleLocation } from "./jobs-module.ts";
import { nameOfFile, type Project, ProjectError } from "./project.ts";

/**
 * Loads the jobs and schedules of a project into this process. The bundler prepares them as for a deployment, so what an
 * app's TypeScript settings allow (paths, enums, imports without endings) works here too. Packages are not bundled: they
 * are loaded from the app.
 * @throws ProjectError when a file is missing or invalid, or the jobs and schedules do not match
 */
export const loadRegistry = async (project: Project): Promise<Registry> => {
  // Stacks then show the lines of the sources.
  process.setSourceMapsEnabled(true);
  try {
    return registryOf(await loadModules(project));
  } catch (error) {
    const folder = nameOfFile(project, project.jobsFolder);
    throw new ProjectError(`${folder}/ cannot be loaded: ${describe(error, project)}`, { cause: error });
  }
};

const loadModules = async (project: Project): Promise<readonly JobModule[]> => {
  // In the app, because its packages are found from here. Deleted when it is loaded.
  const path = join(project.root, ".millrace", "build", `jobs-${randomUUID()}.cjs`);
  const code = await bundleJobs(project, path);
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, code);
    const { modules }: { readonly modules: readonly JobModule[] } = createRequire(path)(path);
    return modules;
  } finally {
    await rm(path, { force: true });
  }
};

const bundleJobs = async (project: Project, outfile: string): Promise<string> => {
  const { outputFiles } = await build({
    absWorkingDir: project.root,
    stdin: { contents: jobsModuleText(project), resolveDir: project.root },
    outfile,
    write: false,
    bundle: true,
    packages: "external",
    plugins: [jobFiles({ project, location: "project" })],
    platform: "node",
    target: "node24",
    format: "cjs",
    sourcemap: "inline",
    define: moduleLocation,
    ...enclosure,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
};

const describe = (error: unknown, project: Project): string => {
  if (isBuildFailure(error)) return describeBuild(error);
  if (!(error instanceof Error)) return `a file threw ${JSON.stringify(error) ?? String(error)}`;
  const [firstLine = error.name] = error.message.split("\n");
  const message = firstLine.replaceAll(`${project.root}${sep}`, "");
  const place = locate(error.stack ?? "", project);
  return place === undefined ? message : `${place}: ${message}`;
};

/** Finds the first line of a job file in a stack, as `jobs/mine.ts:3`. */
const locate = (stack: string, project: Project): string | undefined => {
  for (const [, place = "", line = ""] of stack.matchAll(/((?:file:\/\/)?\/[^\s():]+?):(\d+)/g)) {
    const path = place.startsWith("file:") ? fileURLToPath(place) : place;
    if (path.startsWith(`${project.jobsFolder}${sep}`)) return `${nameOfFile(project, path)}:${line}`;
  }
  return undefined;
};
