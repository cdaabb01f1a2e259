import { fork } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { ownModule } from "../../infra/own-module.ts";
import { ProjectError } from "../../infra/project.ts";

export interface BuildRequest {
  /** Where the command was called. */
  readonly from: string;
  /** The folder or module of jobs, as typed. */
  readonly jobs?: string | undefined;
  /** Receives the bundles. */
  readonly outDir: string;
}

/** One version of the functions, and what it contains. */
export type Build = z.infer<typeof build>;

export type BuildAnswer = z.infer<typeof answer>;

const build = z.object({
  bundles: z.object({ dispatcher: z.string(), sweeper: z.string(), worker: z.string() }),
  /** The files that were bundled, without those of packages. */
  inputs: z.array(z.string()).readonly(),
  /** Identifies the code and the data files. */
  hash: z.string(),
  jobs: z.array(z.object({ name: z.string(), needsInput: z.boolean() })).readonly(),
  schedules: z.array(z.string()).readonly(),
});
const answer = z.union([build, z.object({ problem: z.string() })]);

/** For the code of this package alone: the jobs that are built have new paths each time. */
const codeCache = join(tmpdir(), "millrace-code-cache");

/** Upper bound on how long the imports of job files may take. */
const maxMs = 30_000;

/**
 * Bundles the functions with the jobs of a project, and loads the jobs to check them. In a child process, because job
 * files may build clients and start timers when they are imported, and because the bundler takes 250 MB.
 * @throws ProjectError with one sentence that names what is wrong with the jobs
 */
export const buildFunctions = async (request: BuildRequest, signal?: AbortSignal): Promise<Build> => {
  const { NODE_COMPILE_CACHE = codeCache } = process.env;
  const child = fork(ownModule("./build-child", import.meta.url), {
    cwd: request.from,
    // The next build then starts in half the time.
    env: { ...process.env, NODE_COMPILE_CACHE },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const limit = new AbortController();
  const { promise, resolve } = Promise.withResolvers<BuildAnswer>();
  const fail = (problem: string): void => resolve({ problem });
  child.once("message", (message) => resolve(answer.parse(message)));
  child.once("error", (error) => fail(`jobs cannot be checked: ${error.message}`));
  child.once("exit", (code) =>
    fail(`jobs cannot be loaded: one of their files ended the process (code ${code})`),
  );
  signal?.addEventListener("abort", () => fail("the build was stopped"), { signal: limit.signal });
  child.send(request, () => {});
  wait(maxMs, undefined, { signal: limit.signal }).then(
    () => fail("jobs cannot be loaded: an import does not finish"),
    () => undefined,
  );
  try {
    const result = await promise;
    if ("problem" in result) throw new ProjectError(result.problem);
    return result;
  } finally {
    limit.abort();
    child.kill("SIGKILL");
  }
};
