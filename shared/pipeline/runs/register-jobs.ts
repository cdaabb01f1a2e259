import type { Ports } from "../../ports/index.ts";

/**
 * Register the names of jobs whose runs are written: the sweeper finds runs by the names of their jobs, and a client may
 * be deployed before the pipeline knows a job. Costs nothing from a process's second call on. A name that cannot be
 * written now is written by the next call.
 */
export const registerJobs = async (
  { jobNames, log }: Pick<Ports, "jobNames" | "log">,
  jobs: readonly string[],
): Promise<void> => {
  const names = [...new Set(jobs)];
  await jobNames.ensure(names).catch((error: unknown) => {
    log.warn("job names not registered: the next call does it", { jobs: names, error });
  });
};
