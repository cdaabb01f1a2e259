import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bundles, bundleFunctions } from "../../infra/bundle.ts";
import { findProject } from "../../infra/project.ts";

export const root = dirname(dirname(import.meta.dirname));

/**
 * Bundles the functions with the jobs of a project that is made in `folder`, with this one's packages.
 * @param files texts by path; those in `functions/` replace all functions
 */
export const bundleProject = async (
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<Bundles> => {
  const texts = { "package.json": "{}", "jobs/index.ts": "", ...files };
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  for (const path of ["shared", "node_modules"]) await symlink(join(root, path), join(folder, path));
  const hasFunctions = Object.keys(files).some((path) => path.startsWith("functions/"));
  return await bundleFunctions({
    project: findProject({ from: folder }),
    ...(hasFunctions && { functionsDir: join(folder, "functions") }),
  });
};

/** Bundles the functions with the benchmark's jobs. @param schedules the expression that jobs/schedules.ts exports */
export const bundleBench = (folder: string, schedules = "[]"): Promise<Bundles> =>
  bundleProject(folder, {
    "jobs/index.ts": `export { jobs } from ${pathOf(import.meta.resolve("./project/jobs.ts"))};\n`,
    "jobs/schedules.ts": `import * as make from ${pathOf(import.meta.resolve("./project/schedules.ts"))};
export const schedules = ${schedules};
`,
  });

/** The quoted path for an import. @param url of a module of the benchmark */
export const pathOf = (url: string): string => JSON.stringify(fileURLToPath(url));
