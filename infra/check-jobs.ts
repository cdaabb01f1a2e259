import { fork } from "node:child_process";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";

const answer = z.object({ problem: z.string().nullable() });

/** Upper bound on how long the imports of job files may take. */
const maxTimeoutMs = 30_000;

/**
 * Loads `jobs/` in a child process, because job files may build clients and start timers when they are imported.
 * @param root the project, default this one
 * @throws Error with one sentence that names the file which cannot be loaded
 */
export const checkJobs = async (root: string = dirname(import.meta.dirname)): Promise<void> => {
  const child = fork(join(root, "functions", "check-jobs.ts"), {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const answered = new Promise<string | null>((resolve) => {
    child.once("message", (message) => resolve(answer.parse(message).problem));
    child.once("error", (error) => resolve(`jobs/ cannot be checked: ${error.message}`));
    child.once("exit", (code) => resolve(exited(code)));
  });
  const timer = new AbortController();
  const timeout = wait(maxTimeoutMs, "jobs/ cannot be loaded: an import does not finish", {
    signal: timer.signal,
  });
  const problem = await Promise.race([answered, timeout.catch(() => null)]);
  timer.abort();
  child.kill("SIGKILL");
  if (problem !== null) throw new Error(problem);
};

/** Node exits with code 13 when a top-level await never settles. */
const exited = (code: number | null): string =>
  code === 13
    ? "jobs/ cannot be loaded: a top-level await in one of its files never settles"
    : `jobs/ cannot be loaded: one of its files ended the process (code ${code})`;
