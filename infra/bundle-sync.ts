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
  /** Receives the bundles. Relative to the project. */
  readonly folder: string;
}

const bundles = z.object({ dispatcher: z.string(), sweeper: z.string(), worker: z.string() });
const answer = z.union([z.object({ bundles }), z.object({ problem: z.string() })]);

export type BundleAnswer = z.infer<typeof answer>;

/** Bundles of this process, by the place of the jobs: pipelines of the same jobs share them. */
const made = new Map<string, Bundles>();

/**
 * Checks and bundles the jobs of an app into `.millrace/build/<name>`. Waits for a child process, because a construct
 * cannot be asynchronous.
 * @param jobs a folder or a module, relative to the present folder. Default: as in `findProject`
 * @throws ProjectError with one sentence that says what is wrong with the jobs
 */
export const bundleSync = (name: string, jobs: string | undefined): Bundles => {
  const place = jobs === undefined ? undefined : resolve(jobs);
  const key = place ?? process.cwd();
  const found = made.get(key) ?? runChild(name, place);
  made.set(key, found);
  return found;
};

const runChild = (name: string, place: string | undefined): Bundles => {
  const request: BundleRequest = {
    from: projectRoot(place ?? process.cwd()),
    ...(place !== undefined && { jobs: place }),
    folder: join(".millrace", "build", name),
  };
  const { stdout, stderr, status, error } = spawnSync(
    process.execPath,
    [ownModule("./bundle-child", import.meta.url)],
    { input: JSON.stringify(request), encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`the jobs cannot be bundled (exit code ${status}): ${stderr.trim()}`);
  const answered = answer.parse(JSON.parse(stdout));
  if ("problem" in answered) throw new ProjectError(answered.problem);
  return answered.bundles;
};
