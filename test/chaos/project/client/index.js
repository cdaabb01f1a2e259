// A program that enqueues, as any in the account may: a process that can be killed like the functions.
import { enqueueMany } from "../../../../shared/client.ts";
import { jobs } from "../jobs/index.ts";

const byName = new Map(jobs.map((job) => [job.name, job]));

/** Answers the ids, so that one who was not answered knows nothing. */
export const handler = async ({ requests }) => {
  const answers = await enqueueMany(
    requests.map((request) => ({ ...request, job: byName.get(request.job) })),
  );
  return answers.map((answer) => (answer instanceof Error ? { problem: String(answer) } : answer));
};
