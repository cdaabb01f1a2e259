import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import * as z from "zod";
import type { Bundles } from "./bundle.ts";
import { ownModule } from "./own-module.ts";
import { ProjectError, projectRoot } from "./project.ts";

/** What the child process receives. */
export interface BundleRequest {
  readonly from: string;
  readonly jobs?: string;
  readonly external?: readonly string[];
  /** Receives the bundles. Relative to the project. */
  readonly folder: string;
}

const bundles = z.object({ dispatcher: z.string(), sweeper: z.string(), worker: z.string() });
const answer = z.union([
  z.object({ bundles, installed: z.array(z.string()) }),
  z.object({ problem: z.string() }),
]);

export type BundleAnswer = z.infer<typeof answer>;

export interface BundledJobs {
  readonly bundles: Bundles;
  /** The packages that were installed beside the code, such as `sharp@0.34.5`. */
  readonly installed: readonly string[];
}

/** What this process has bundled: pipelines of the same jobs share it. */
const made = new Map<string, BundledJobs>();

export interface BundleSyncOptions {
  /** The name of the pipeline. */
  readonly name: string;
  /** A folder or a module, relative to the present folder. Default: as in `findProject`. */
  readonly jobs: string | undefined;
  readonly external: readonly string[] | undefined;
}

/**
 * Checks and bundles the jobs of an app into `.millrace/build/<name>`. Waits for a child process, because a construct
 * cannot be asynchronous.
 * @throws ProjectError with one sentence that says what is wrong with the jobs
 */
export const bundleSync = ({ name, jobs, external }: BundleSyncOptions): BundledJobs => {
  const place = jobs === undefined ? undefined : resolve(jobs);
  const request: Omit<BundleRequest, "folder"> = {
    from: projectRoot(place ?? process.cwd()),
    ...(place !== undefined && { jobs: place }),
    ...(external !== undefined && { external }),
  };
  const key = JSON.stringify(request);
  const found = made.get(key) ?? runChild({ ...request, folder: join(".millrace", "build", name) });
  made.set(key, found);
  return found;
};

const runChild = (request: BundleRequest): BundledJobs => {
  const { stdout, stderr, status, error } = spawnSync(
    process.execPath,
    [ownModule("./bundle-child", import.meta.url)],
    { input: JSON.stringify(request), encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`the jobs cannot be bundled (exit code ${status}): ${stderr.trim()}`);
  const answered = answer.parse(JSON.parse(stdout));
  if ("problem" in answered) throw new ProjectError(answered.problem);
  return answered;
};
