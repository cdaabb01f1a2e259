import { describeValue } from "../core/describe-value.ts";
import { type Duration, durationMs } from "../core/duration.ts";
import { DefinitionError, NotFoundError } from "../core/errors.ts";
import type { EnqueueOptions, InputAndOptions, Job } from "../core/jobs/job.ts";
import type { JobRef, JobTarget } from "../core/jobs/job-ref.ts";
import { defineRegistry, type Registry } from "../core/jobs/registry.ts";
import { isLaneName, type LaneName, laneNames } from "../core/lane.ts";
import { memoize } from "../core/memoize.ts";
import { checkTarget } from "../core/runs/enqueue-options.ts";
import type { RunState } from "../core/runs/run.ts";
import type { Schedule } from "../core/schedules/schedule.ts";
import { type Enqueued, enqueue } from "../pipeline/enqueue/enqueue.ts";
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
import { type TestDeadLetter, type TestRun, toTestDeadLetters, toTestRun } from "./pipeline/views.ts";
import { watchedJob } from "./pipeline/watched-job.ts";

export interface TestPipelineOptions {
  /** The jobs that are deployed. Those of the schedules need not be repeated. */
  readonly jobs?: readonly Job[];
  readonly schedules?: readonly Schedule[];
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
  /** The id of the run whose handler it was, or `"test"` for `pipeline.enqueue`. */
  readonly by: string;
  readonly at: Date;
}

export interface RunFilter {
  readonly job?: JobTarget;
  readonly state?: RunState;
  readonly schedule?: string;
}

/** The whole pipeline in memory, on a virtual clock. Everything in it happens while `advance` is awaited. */
export interface TestPipeline {
  /** Enqueue a run, as the client does. */
  enqueue<Sent>(
    job: Job<Sent> | JobRef<Sent>,
    ...rest: InputAndOptions<Sent, EnqueueOptions>
  ): Promise<Enqueued>;
  /** Send a message to a lane's queue, as a program in any language does. What is not a text is sent as JSON. */
  send(lane: LaneName, message: unknown): Promise<void>;
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
  /** All runs, oldest first. */
  runs(filter?: RunFilter): readonly TestRun[];
  /** @throws NotFoundError when there is no such run */
  run(id: string): TestRun;
  /** What the test and the handlers have enqueued, in order. What an attempt enqueues once more is there once. */
  enqueued(filter?: Pick<RunFilter, "job">): readonly TestEnqueued[];
  deadLetters(): readonly TestDeadLetter[];
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
  const callerPorts = interceptPorts(ports, (call) => withFaults(faults, call));
  const ready = memoize(() => deploy(ports, registry));
  let isAdvancing = false;

  const advanceBy = async (ms: number): Promise<void> => {
    if (isAdvancing)
      throw new Error("the clock is moving: await the call of advance before, and call none in a handler");
    isAdvancing = true;
    try {
      await ready();
      await driver.advance(ms);
    } finally {
      isAdvancing = false;
    }
  };

  return {
    enqueue: async (job, ...rest) => {
      checkTarget(job);
      checkDeployed(registry, job.name);
      await ready();
      const answer = await enqueue(callerPorts, job, ...rest);
      const [input, given] = rest;
      note({ job: job.name, input, options: given ?? {}, id: answer.id, by: "test" });
      return answer;
    },
    send: async (lane, message) => {
      checkLane(lane);
      await ready();
      const body = typeof message === "string" ? message : JSON.stringify(message);
      const [problem] = await callerPorts.queue.send([{ lane, body, delaySeconds: 0 }]);
      if (problem !== undefined) throw new Error(`the message was not sent: ${problem}`);
    },
    advance: async (time) => await advanceBy(durationMs(time, "advance")),
    advanceTo: async (at) => await advanceBy(msUntil(at, clock.now())),
    now: () => new Date(clock.now()),
    sleep: async (time, signal) => await sleepInHandler(memory, durationMs(time, "sleep"), signal),
    runs: (filter = {}) =>
      memory
        .runs()
        .filter((run) => filter.job === undefined || run.job === filter.job.name)
        .filter((run) => filter.state === undefined || run.state === filter.state)
        .filter((run) => filter.schedule === undefined || run.schedule === filter.schedule)
        .map((run) => toTestRun(memory, run)),
    run: (id) => {
      const found = memory.runs().find((run) => run.id === id);
      if (found) return toTestRun(memory, found);
      throw new NotFoundError({ kind: "run", name: id, reason: describeIds(memory) });
    },
    enqueued: ({ job } = {}) =>
      [...enqueuedById.values()].filter((one) => job === undefined || one.job === job.name),
    deadLetters: () => toTestDeadLetters(memory),
    inject: faults.inject,
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

const watchedRegistry = ({ jobs = [], schedules = [] }: TestPipelineOptions, watcher: Watcher): Registry => {
  const all = new Set([...jobs, ...schedules.map(({ job }) => job)]);
  const given = defineRegistry([...all], schedules);
  const watched = new Map([...all].map((job) => [job, watchedJob(job, watcher)]));
  const inPlace = (one: Schedule): Schedule => ({ ...one, job: watched.get(one.job) ?? one.job });
  return defineRegistry([...watched.values()], [...given.schedules.values()].map(inPlace));
};

const checkDeployed = ({ jobs }: Registry, name: string): void => {
  if (jobs.has(name)) return;
  throw new DefinitionError("job", {
    expected: jobs.size === 0 ? "a pipeline with jobs" : `one of ${[...jobs.keys()].join(", ")}`,
    got: JSON.stringify(name),
    remedy: "pass it to createTestPipeline, in jobs",
  });
};

const checkLane = (lane: string): void => {
  if (isLaneName(lane)) return;
  throw new DefinitionError("lane", {
    expected: `one of ${laneNames.join(", ")}`,
    got: describeValue(lane),
  });
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

const maxShownIds = 10;

const describeIds = (memory: Memory): string => {
  const ids = memory.runs().map(({ id }) => id);
  if (ids.length === 0) return "there are none yet";
  const more = ids.length > maxShownIds ? `, and ${ids.length - maxShownIds} more` : "";
  return `expected one of ${ids.slice(0, maxShownIds).join(", ")}${more}`;
};
