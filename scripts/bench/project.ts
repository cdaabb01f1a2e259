import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Bundles, bundleFunctions } from "../../infra/bundle.ts";

export const root = dirname(dirname(import.meta.dirname));

const copied = ["functions", "shared", "scripts/bench/project", "package.json", "tsconfig.json"];

/**
 * The functions of this project over other jobs: its sources copied into a folder, some files of them replaced, and
 * bundled as they are for a deploy.
 * @param files texts by path
 */
export const bundleProject = async (
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<Bundles> => {
  await Promise.all(copied.map((path) => cp(join(root, path), join(folder, path), { recursive: true })));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return await bundleFunctions({ root: folder });
};

/** The functions over the benchmark's own jobs. @param schedules what jobs/schedules.ts is to export */
export const bundleBench = (folder: string, schedules = "[]"): Promise<Bundles> =>
  bundleProject(folder, {
    ...JSON.parse(process.env["BENCH_PATCH"] ?? "{}"),
    "jobs/index.ts": `export { jobs } from "../scripts/bench/project/jobs.ts";\n`,
    "jobs/schedules.ts": `import * as make from "../scripts/bench/project/schedules.ts";\nexport const schedules = ${schedules};\n`,
  });
