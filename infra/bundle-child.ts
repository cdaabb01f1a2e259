/** The child process of bundle-sync.ts: checks and bundles the jobs of a project. */
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { bundleFunctions } from "./bundle.ts";
import type { BundleAnswer, BundleRequest } from "./bundle-sync.ts";
import { checkJobs } from "./check-jobs.ts";
import { findProject } from "./project.ts";

const answerTo = async ({ from, jobs, external, folder }: BundleRequest): Promise<BundleAnswer> => {
  const project = findProject({ from, jobs, option: "jobs" });
  await checkJobs(project);
  const installed: string[] = [];
  const bundles = await bundleFunctions({
    project,
    external,
    target: "lambda",
    outDir: join(project.root, folder),
    onExternal: (packages) => installed.push(...packages.map(({ name, version }) => `${name}@${version}`)),
  });
  return { bundles, installed };
};

const answer = await answerTo(JSON.parse(await text(process.stdin))).catch(
  (error: unknown): BundleAnswer => ({ problem: error instanceof Error ? error.message : String(error) }),
);
process.stdout.write(JSON.stringify(answer));
