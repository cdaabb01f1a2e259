import type { Ports } from "../../ports/index.ts";

/**
 * Register the names of jobs that get runs. The sweeper finds runs by the names of their jobs, and a client may be
 * deployed before the pipeline has the job. Only the first call of a process costs a write. A name that cannot be
 * written is written by the next call.
 */
export const registerJobs = async (
  { jobNames, log }: Pick<Ports, "jobNames" | "log">,
  jobs: readonly string[],
): Promise<void> => {
  const names = [...new Set(jobs)];
  await jobNames.ensure(names).catch((error: unknown) => {
    log.warn("job names not registered; the next call retries", { jobs: names, error });
  });
};
