import { fork } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { ownModule } from "./own-module.ts";
import { type Project, ProjectError } from "./project.ts";

const answer = z.object({ problem: z.string().nullable() });

/** Upper bound on how long the imports of job files may take. */
const maxTimeoutMs = 30_000;

/**
 * Loads the jobs of a project in a child process, because job files may build clients and start timers when they are
 * imported.
 * @throws ProjectError with one sentence that names the file which cannot be loaded
 */
export const checkJobs = async (project: Project): Promise<void> => {
  const child = fork(ownModule("./check-jobs-child", import.meta.url), {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  child.send(project, () => {});
  const answered = new Promise<string | null>((resolve) => {
    child.once("message", (message) => resolve(answer.parse(message).problem));
    child.once("error", (error) => resolve(`jobs cannot be checked: ${error.message}`));
    child.once("exit", (code) =>
      resolve(`jobs cannot be loaded: one of their files ended the process (code ${code})`),
    );
  });
  const timer = new AbortController();
  const timeout = wait(maxTimeoutMs, "jobs cannot be loaded: an import does not finish", {
    signal: timer.signal,
  });
  const problem = await Promise.race([answered, timeout.catch(() => null)]);
  timer.abort();
  child.kill("SIGKILL");
  if (problem !== null) throw new ProjectError(problem);
};
