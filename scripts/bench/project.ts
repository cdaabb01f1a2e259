import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bundles, bundleFunctions } from "../../infra/bundle.ts";

export const root = dirname(dirname(import.meta.dirname));

/**
 * Bundles a project that differs from this one in some files, as for a deployment. Copies the functions, because they
 * import the jobs by a relative path, and links this project's `shared`.
 * @param files texts by path
 */
export const bundleProject = async (
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<Bundles> => {
  const copied = ["functions", "package.json", "tsconfig.json"];
  await Promise.all(copied.map((path) => cp(join(root, path), join(folder, path), { recursive: true })));
  for (const path of ["shared", "node_modules"]) await symlink(join(root, path), join(folder, path));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return await bundleFunctions({ root: folder });
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
