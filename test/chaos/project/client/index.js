// A program that enqueues runs, in a process that can be killed like the functions.
import { enqueueMany } from "../../../../shared/client.ts";
import { jobs } from "../jobs/index.ts";

const byName = new Map(jobs.map((job) => [job.name, job]));

/** Returns the ids. A caller whose process was killed receives none. */
export const handler = async ({ requests }) => {
  const answers = await enqueueMany(
    requests.map((request) => ({ ...request, job: byName.get(request.job) })),
  );
  return answers.map((answer) => (answer instanceof Error ? { problem: String(answer) } : answer));
};
