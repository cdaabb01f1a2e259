import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type EnqueueOptions, type Job, type JobContext, takesInput } from "../../core/jobs/job.ts";
import type { Activity } from "./activity.ts";
import type { Faults } from "./faults.ts";
import { runHandler } from "./handler.ts";
import { currentProcess, forever } from "./process.ts";

/** A run that a handler has enqueued. */
interface EnqueuedByHandler {
  readonly job: string;
  readonly input: unknown;
  readonly options: EnqueueOptions;
  readonly id: string;
  /** The run whose handler it was. */
  readonly by: string;
}

export interface Watcher {
  readonly activity: Activity;
  readonly faults: Faults;
  readonly onEnqueued: (enqueued: EnqueuedByHandler) => void;
}

/** The same job, with its handler and its schema watched: when they are at work, and what they enqueue. */
export const watchedJob = (job: Job, watcher: Watcher): Job => ({
  ...job,
  // A job without a schema keeps the one that says so.
  ...(takesInput(job) && { input: watchedSchema(job.input, watcher.activity) }),
  run: async (context) => {
    const process = currentProcess();
    const { end, sleep } = watcher.activity.begin();
    process?.killed.addEventListener("abort", end, { once: true });
    const die = async (): Promise<never> => {
      process?.kill();
      return await forever();
    };
    const isKilled = (when: string) =>
      watcher.faults.take("worker-killed", job.name, ({ when: at = "after-handler" }) => at === when);
    if (isKilled("before-handler")) return await die();
    const watched = withEnqueue(context, async (enqueued) => {
      watcher.onEnqueued({ ...enqueued, by: context.run.id });
      if (isKilled("at-enqueue")) await die();
    });
    try {
      const result: unknown = await runHandler({ sleep, killed: process?.killed }, () => job.run(watched));
      return isKilled("after-handler") ? await die() : result;
    } finally {
      end();
    }
  },
});

/** Call a function after each `enqueue` of a handler. */
const withEnqueue = (
  context: JobContext<unknown>,
  onEnqueued: (enqueued: Omit<EnqueuedByHandler, "by">) => Promise<void>,
): JobContext<unknown> => ({
  ...context,
  enqueue: async (job, ...rest) => {
    const answer = await context.enqueue(job, ...rest);
    const [input, options] = rest;
    await onEnqueued({ job: job.name, input, options: options ?? {}, id: answer.id });
    return answer;
  },
});

const watchedSchema = (schema: StandardSchemaV1, activity: Activity): StandardSchemaV1 => ({
  "~standard": {
    ...schema["~standard"],
    validate: async (value) => {
      const { end } = activity.begin();
      try {
        return await schema["~standard"].validate(value);
      } finally {
        end();
      }
    },
  },
});
