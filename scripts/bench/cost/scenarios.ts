import type { EnqueueOptions, Job } from "../../../shared/core/jobs/job.ts";
import { defineRegistry, type Registry } from "../../../shared/core/jobs/registry.ts";
import { defineJob } from "../../../shared/index.ts";
import { reconcile } from "../../../shared/pipeline/dispatcher/reconcile.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { sweep } from "../../../shared/pipeline/sweeper/sweep.ts";
import { noop, note } from "../project/jobs.ts";
import { type CountedPipeline, untilVisible } from "./counted-pipeline.ts";
import { pastInstants } from "./past-instants.ts";

/** One step in the life of a run, executed for a number of runs. */
export interface Scenario {
  readonly step: string;
  /** Write units per run that the price table of ARCHITECTURE.md names. */
  readonly aim?: number;
  readonly runs: number;
  /** Preparation that is not counted. */
  readonly before?: (pipeline: CountedPipeline) => Promise<void>;
  readonly play: (pipeline: CountedPipeline) => Promise<void>;
}

const minuteMs = 60_000;

/** The steps of the price table, in its order, then what a tick costs when there is nothing to do. */
export const scenarios = (): readonly Scenario[] => [
  {
    step: "an enqueued run",
    aim: 4,
    runs: 10,
    play: async (pipeline) => {
      await enqueueRuns(pipeline, noop, 10);
      await pipeline.workBatch(noops);
    },
  },
  {
    step: "a bare message, adopted",
    aim: 3,
    runs: 10,
    play: async (pipeline) => {
      await sendBare(pipeline, 10);
      await pipeline.workBatch(noops);
    },
  },
  {
    step: "a run tried twice",
    aim: 7,
    runs: 10,
    play: (pipeline) => playAttempts(pipeline, failing(1, 2), 2),
  },
  {
    step: "a run delayed by 20 minutes",
    aim: 9,
    runs: 100,
    play: async (pipeline) => {
      await enqueueRuns(pipeline, noop, 100, { delay: "20 minutes" });
      pipeline.advance(20 * minuteMs);
      await tick(pipeline, noops);
      await workBatches(pipeline, noops, 10);
    },
  },
  {
    step: "dead after 1 attempt",
    aim: 6,
    runs: 10,
    play: (pipeline) => playAttempts(pipeline, failing(1, 1), 1),
  },
  {
    step: "dead after 3 attempts",
    aim: 12,
    runs: 10,
    play: (pipeline) => playAttempts(pipeline, failing(3, 3), 3),
  },
  redriven(),
  occurrences({ schedules: 160, each: 1 }),
  occurrences({ schedules: 800, each: 1 }),
  occurrences({ schedules: 10, each: 60 }),
  { step: "a tick with nothing due", runs: 1, play: (pipeline) => tick(pipeline, noops) },
  { step: "a sweep with nothing to do", runs: 1, play: (pipeline) => sweepOnce(pipeline) },
  {
    step: "a sweep, for each of 1,000 ended runs that it checks",
    aim: 0,
    runs: 1_000,
    before: async (pipeline) => {
      await enqueueRuns(pipeline, noop, 1_000);
      await workBatches(pipeline, noops, 100);
      pipeline.advance(3 * minuteMs);
    },
    play: (pipeline) => sweepOnce(pipeline),
  },
];

const noops = defineRegistry([noop]);

/** A job whose first attempts fail. */
const failing = (times: number, attempts: number): Registry => {
  let left = times * 10;
  const run = (): void => {
    if (left-- > 0) throw new Error("no route to host");
  };
  const retry = { attempts, base: "1 millisecond" } as const;
  return defineRegistry([defineJob({ name: "failing", input: noop.input, retry, run })]);
};

const onlyJob = ({ jobs }: Registry): Job => [...jobs.values()][0] ?? noop;

const playAttempts = async (
  pipeline: CountedPipeline,
  registry: Registry,
  attempts: number,
): Promise<void> => {
  await enqueueRuns(pipeline, onlyJob(registry), 10);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (attempt > 1) await untilVisible();
    await pipeline.workBatch(registry);
  }
};

/** Moves a dead letter back to its lane, like a native redrive. */
const redriven = (): Scenario => {
  const registry = failing(1, 1);
  return {
    step: "a redrive",
    aim: 5,
    runs: 10,
    before: (pipeline) => playAttempts(pipeline, registry, 1),
    play: async (pipeline) => {
      const deadLetters = await pipeline.ports.queue.receiveDeadLetters("normal", 30);
      await pipeline.ports.queue.send(
        deadLetters.map(({ body }) => ({ lane: "normal", body, delaySeconds: 0 })),
      );
      await Promise.all(deadLetters.map((one) => pipeline.ports.queue.deleteDeadLetter("normal", one)));
      await pipeline.workBatch(registry);
    },
  };
};

/** Schedules with a number of occurrences due within the last minute and a half, none of which counts as missed. */
const occurrences = ({ schedules, each }: { schedules: number; each: number }): Scenario => {
  const registry = defineRegistry([noop], pastInstants(schedules, each));
  return {
    step: `an occurrence, ${each === 1 ? "one" : each} per advance of its schedule`,
    aim: 4 + 4 / each,
    runs: schedules * each,
    before: async (pipeline) => {
      pipeline.advance(-1.5 * minuteMs);
      await reconcile(pipeline.ports, registry);
      pipeline.advance(1.5 * minuteMs);
    },
    play: async (pipeline) => {
      await tick(pipeline, registry);
      await workBatches(pipeline, registry, (schedules * each) / 10);
    },
  };
};

const enqueueRuns = async (
  pipeline: CountedPipeline,
  job: Job,
  count: number,
  options?: EnqueueOptions,
): Promise<void> => {
  for (let left = count; left > 0; left -= 100) {
    const requests = Array.from({ length: Math.min(left, 100) }, () => ({ job, input: { note }, options }));
    await enqueueMany(pipeline.ports, requests);
  }
};

const sendBare = async ({ ports }: CountedPipeline, count: number): Promise<void> => {
  const body = JSON.stringify({ v: 1, job: noop.name, input: { note } });
  await ports.queue.send(Array.from({ length: count }, () => ({ lane: "normal", body, delaySeconds: 0 })));
};

const workBatches = async (pipeline: CountedPipeline, registry: Registry, batches: number): Promise<void> => {
  for (let batch = 0; batch < batches; batch++) await pipeline.workBatch(registry);
};

const tick = async ({ ports, deadlineAt }: CountedPipeline, registry: Registry): Promise<void> => {
  await dispatch(ports, registry, { deadlineAt: deadlineAt() });
};

const sweepOnce = async ({ ports, deadlineAt }: CountedPipeline): Promise<void> => {
  await sweep(ports, noops, deadlineAt());
};
