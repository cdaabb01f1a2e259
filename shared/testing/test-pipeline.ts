import { describeValue } from "../core/describe-value.ts";
import { type Duration, durationMs } from "../core/duration.ts";
import { DefinitionError } from "../core/errors.ts";
import type { Job } from "../core/jobs/job.ts";
import { defineRegistry, type Registry, registryOf } from "../core/jobs/registry.ts";
import { memoize } from "../core/memoize.ts";
import type { Schedule } from "../core/schedules/schedule.ts";
import { settled } from "./memory/clock.ts";
import { interceptPorts } from "./memory/intercept-ports.ts";
import { createMemory, type Memory } from "./memory.ts";
import type { EnqueuedWork } from "./perform.ts";
import { type Activity, createActivity } from "./pipeline/activity.ts";
import { deploy } from "./pipeline/deploy.ts";
import { createDriver } from "./pipeline/driver.ts";
import type { Fault } from "./pipeline/fault.ts";
import { createFaults, type Faults } from "./pipeline/faults.ts";
import { currentHandler } from "./pipeline/handler.ts";
import { createProcesses, forever, withFaults } from "./pipeline/process.ts";
import { createSender, type Sender } from "./pipeline/sender.ts";
import { createViews, type RunFilter, type Views } from "./pipeline/views.ts";
import { watchedJob } from "./pipeline/watched-job.ts";

export interface TestPipelineOptions {
  /** The jobs that are deployed. Those of the schedules need not be repeated. */
  readonly jobs?: readonly Job[];
  readonly schedules?: readonly Schedule[];
  /** Everything that a module such as `jobs/index.ts` exports: jobs, schedules, and arrays of them. */
  readonly from?: Readonly<Record<string, unknown>>;
  /** When the clock starts. An occurrence at that very instant is not due any more. Default 2026-01-01T00:00:00Z. */
  readonly startAt?: Date;
  /** The value of every random number, from 0 up to, not including, 1. Default 0.5: a backoff takes half of its longest time. */
  readonly random?: number;
  /**
   * How long the virtual clock waits for one handler that waits for something real, such as a timer or a connection. Then
   * time passes, and the handler may run into its timeout. Default `"1 second"`.
   */
  readonly maxRealWait?: Duration;
}

/** A run that was enqueued, and who enqueued it. */
export interface TestEnqueued extends EnqueuedWork {
  /** The id of the run whose handler it was, `"test"` for `pipeline.enqueue`, or `"client"` (see `connectClient`). */
  readonly by: string;
  readonly at: Date;
}

/** The whole pipeline in memory, on a virtual clock. Everything in it happens while `advance` is awaited. */
export interface TestPipeline extends Sender, Views {
  /**
   * Move the clock. Occurrences are sent, messages delivered, handlers run, lost runs rescued, in the order of their
   * instants. What is due at the end happens too. `"0 seconds"` does what is due now.
   */
  advance(time: Duration): Promise<void>;
  /** Move the clock to an instant. */
  advanceTo(at: Date): Promise<void>;
  /** The time of the virtual clock. */
  now(): Date;
  /** Wait in a handler, in virtual time. It ends early when the signal is aborted. */
  sleep(time: Duration, signal?: AbortSignal): Promise<void>;
  /** What the test, the client and the handlers have enqueued, in order. What an attempt enqueues once more is there once. */
  enqueued(filter?: Pick<RunFilter, "job">): readonly TestEnqueued[];
  /** Let something go wrong from now on. */
  inject(fault: Fault): void;
}

/**
 * Create a pipeline for a test: the real dispatcher, workers and sweeper, with tables and queues in memory. Two
 * equal tests do the same, whatever the time and the machine.
 *
 *     const pipeline = createTestPipeline({ jobs: [sendReminder] });
 *     const { id } = await pipeline.enqueue(sendReminder, { to }, { delay: "3 days" });
 *     await pipeline.advance("3 days");
 *     assert.equal(pipeline.run(id).state, "succeeded");
 *
 * @throws DefinitionError when a name is used twice, or an option cannot be right
 */
export const createTestPipeline = (options: TestPipelineOptions = {}): TestPipeline => {
  const memory = memoryFor(options);
  const { ports, clock } = memory;
  const faults = createFaults(clock);
  const activity = createActivity(settled, durationMs(options.maxRealWait ?? "1 second", "maxRealWait"));
  const enqueuedById = new Map<string, TestEnqueued>();
  const note = (one: Omit<TestEnqueued, "at">): void => {
    if (!enqueuedById.has(one.id)) enqueuedById.set(one.id, { ...one, at: new Date(clock.now()) });
  };
  const registry = watchedRegistry(options, { activity, faults, onEnqueued: note });
  const processes = createProcesses(ports, faults);
  const driver = createDriver({ memory, registry, activity, faults, processes });
  const ready = memoize(() => deploy(ports, registry));
  const advance = once(async (ms: number) => {
    await ready();
    await driver.advance(ms);
  });
  const sendersPorts = interceptPorts(ports, (call) => withFaults(faults, call));
  return {
    ...createSender({ ports: sendersPorts, registry, ready, onEnqueued: note }),
    ...createViews(memory),
    advance: async (time) => await advance(durationMs(time, "advance")),
    advanceTo: async (at) => await advance(msUntil(at, clock.now())),
    now: () => new Date(clock.now()),
    sleep: async (time, signal) => await sleepInHandler(memory, durationMs(time, "sleep"), signal),
    enqueued: ({ job } = {}) =>
      [...enqueuedById.values()].filter((one) => job === undefined || one.job === job.name),
    inject: faults.inject,
  };
};

/** A function that is called again only when its last call has ended. */
const once = <Argument>(act: (argument: Argument) => Promise<void>): typeof act => {
  let isActing = false;
  return async (argument) => {
    if (isActing)
      throw new Error("the clock is moving: await the call of advance before, and call none in a handler");
    isActing = true;
    try {
      await act(argument);
    } finally {
      isActing = false;
    }
  };
};

const memoryFor = ({ startAt, random = 0.5 }: TestPipelineOptions): Memory => {
  if (!(random >= 0 && random < 1)) {
    throw new DefinitionError("random", {
      expected: "a number from 0 up to, not including, 1",
      got: describeValue(random),
    });
  }
  if (startAt === undefined) return createMemory({ random });
  const now = Number(startAt);
  if (Number.isNaN(now))
    throw new DefinitionError("startAt", { expected: "a valid Date", got: describeValue(startAt) });
  return createMemory({ now, random });
};

interface Watcher {
  readonly activity: Activity;
  readonly faults: Faults;
  readonly onEnqueued: (enqueued: Omit<TestEnqueued, "at">) => void;
}

const watchedRegistry = (options: TestPipelineOptions, watcher: Watcher): Registry => {
  const given = givenRegistry(options);
  const watched = new Map([...given.jobs.values()].map((job) => [job, watchedJob(job, watcher)]));
  const inPlace = (one: Schedule): Schedule => ({ ...one, job: watched.get(one.job) ?? one.job });
  return defineRegistry([...watched.values()], [...given.schedules.values()].map(inPlace));
};

const givenRegistry = ({ jobs = [], schedules = [], from }: TestPipelineOptions): Registry => {
  const exported = from && registryOf([{ file: "from", exports: from }]);
  const allSchedules = new Set([...schedules, ...(exported?.schedules.values() ?? [])]);
  const allJobs = [...jobs, ...(exported?.jobs.values() ?? []), ...[...allSchedules].map(({ job }) => job)];
  return defineRegistry([...new Set(allJobs)], [...allSchedules]);
};

const msUntil = (at: Date, now: number): number => {
  const ms = Number(at) - now;
  if (ms >= 0) return ms;
  throw new DefinitionError("advanceTo", {
    expected: `an instant from ${new Date(now).toISOString()} on`,
    got: describeValue(at),
  });
};

const sleepInHandler = async ({ clock }: Memory, ms: number, signal?: AbortSignal): Promise<void> => {
  const handler = currentHandler();
  if (!handler) throw new Error("sleep is for handlers: a test moves the clock with advance");
  await handler.sleep(async () => {
    await clock.sleep(ms, signal);
    if (handler.killed?.aborted) await forever();
  });
};
