/** The child process of build.ts: bundles and loads the jobs of a project, and reports the result or the problem. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFunctions } from "../../infra/bundle.ts";
import { loadRegistry } from "../../infra/load-registry.ts";
import { findProject } from "../../infra/project.ts";
import type { Job } from "../../shared/core/jobs/job.ts";
import type { Registry } from "../../shared/core/jobs/registry.ts";
import type { BuildAnswer, BuildRequest } from "./build.ts";

const build = async ({ from, jobs, outDir }: BuildRequest): Promise<BuildAnswer> => {
  const project = findProject({ from, jobs });
  let inputs: readonly string[] = [];
  const bundling = bundleFunctions({
    project,
    outDir,
    minify: false,
    onInputs(paths) {
      inputs = paths;
    },
  });
  // Loading describes errors in job files better than the bundler, so its error goes first.
  bundling.catch(() => undefined);
  const registry = await loadRegistry(project);
  const bundles = await bundling;
  return { bundles, inputs, hash: hashOf(outDir), ...(await contentsOf(registry)) };
};

/** Identifies the code and the data files of the functions. */
const hashOf = (folder: string): string => {
  const hash = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .sort()) {
    hash.update(entry.slice(folder.length)).update("\0").update(readFileSync(entry));
  }
  return hash.digest("base64url");
};

const contentsOf = async ({ jobs, schedules }: Registry) => ({
  jobs: await Promise.all(
    [...jobs.values()].map(async (job) => ({ name: job.name, needsInput: await needsInput(job) })),
  ),
  schedules: [...schedules.keys()],
});

const needsInput = async ({ input }: Job): Promise<boolean> => {
  try {
    return (await input["~standard"].validate(undefined)).issues !== undefined;
  } catch {
    return true;
  }
};

process.once("message", async (request: BuildRequest) => {
  const answer = await build(request).catch(
    (error: unknown): BuildAnswer => ({ problem: error instanceof Error ? error.message : String(error) }),
  );
  process.send?.(answer, () => process.exit());
});
