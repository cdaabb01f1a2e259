import * as z from "zod";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { type LaneName, laneNames, laneTimeoutMs } from "../../../shared/core/lane.ts";
import { defineJob, FatalError, type Job, type Schedule } from "../../../shared/index.ts";
import { reconcile } from "../../../shared/pipeline/dispatcher/reconcile.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { sweep } from "../../../shared/pipeline/sweeper/sweep.ts";
import type { WorkerSteps } from "../../../shared/pipeline/worker/execute-run.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import type { OutgoingMessage } from "../../../shared/ports/index.ts";
import { createMemory } from "../../../shared/testing/memory.ts";

export const second = 1_000;
export const minute = 60_000;

/** Create a whole pipeline on virtual time. A test triggers ticks and deliveries. Its worker has the default steps. */
export const createPipeline = (
  jobs: readonly Job[],
  schedules: readonly Schedule[] = [],
  steps: Partial<WorkerSteps> = {},
) => {
  const memory = createMemory();
  const { ports, clock } = memory;
  let registry = defineRegistry(jobs, schedules);
  const metricsCounter = createMetricsCounter();

  const workerOf = (lane: LaneName) => ({
    ...steps,
    lane,
    registry,
    metricsCounter,
    deadlineAt: clock.now() + laneTimeoutMs(lane),
  });

  /** Start to process visible messages, without waiting for the end. */
  const start = (lane: LaneName, most = 10): Promise<unknown> | undefined => {
    const deliveries = memory.receive(lane, most);
    if (deliveries.length === 0) return undefined;
    return processBatch(ports, workerOf(lane), deliveries).then(({ returned }) => {
      const done = deliveries.filter(({ messageId }) => !returned.includes(messageId));
      ports.queue.remove(lane, done);
    });
  };

  const deliver = async (lane: LaneName, most = 10): Promise<number> => {
    const deliveries = memory.receive(lane, most);
    if (deliveries.length === 0) return 0;
    const working = processBatch(ports, workerOf(lane), deliveries);
    let isWorking = true;
    const worked = working.finally(() => {
      isWorking = false;
    });
    while (isWorking) await clock.advance(100);
    const { returned } = await worked;
    ports.queue.remove(
      lane,
      deliveries.filter(({ messageId }) => !returned.includes(messageId)),
    );
    return deliveries.length;
  };

  const pipeline = {
    ...memory,
    run: (id: string) => memory.runs().find((run) => run.id === id),
    deploy: async (nextJobs: readonly Job[], nextSchedules: readonly Schedule[]) => {
      registry = defineRegistry(nextJobs, nextSchedules);
      return await reconcile(ports, registry);
    },
    reconcile: () => reconcile(ports, registry),
    tick: () => dispatch(ports, registry, { deadlineAt: clock.now() + 55 * second }),
    sweep: () => sweep(ports, registry, clock.now() + 55 * second),
    send: (lane: LaneName, body: string, more: Partial<OutgoingMessage> = {}) =>
      ports.queue.send([{ lane, body, delaySeconds: 0, ...more }]),
    deliver,
    start,
    /** Deliver the visible messages of all lanes, until there are none. */
    drain: async () => {
      let delivered = 0;
      for (const lane of laneNames) delivered += await deliver(lane);
      if (delivered > 0) await pipeline.drain();
    },
    /** Run for some time: a tick and a sweep per minute, and each message when it becomes visible. */
    live: async (ms: number) => {
      const until = clock.now() + ms;
      let nextTick = clock.now();
      while (clock.now() < until) {
        if (clock.now() >= nextTick) {
          await pipeline.tick();
          await pipeline.sweep();
          nextTick += minute;
        }
        await pipeline.drain();
        const visible = laneNames.flatMap((lane) =>
          ports.queue.waiting(lane).map(({ visibleAt }) => visibleAt),
        );
        const next = Math.min(until, nextTick, ...visible.filter((at) => at > clock.now()));
        await clock.advance(Math.max(1, next - clock.now()));
      }
    },
  };
  return pipeline;
};

export type TestPipeline = ReturnType<typeof createPipeline>;

/** Create a job whose handler does what its input says. */
export const scriptedJob = () => {
  const started: { readonly id: string; readonly attempt: number; readonly at: number }[] = [];
  const scripted = defineJob({
    name: "scripted",
    input: z
      .object({ fail: z.number().default(0), fatal: z.boolean().default(false), value: z.unknown() })
      .partial(),
    retry: { attempts: 3, base: "2 seconds" },
    run: ({ input, run, log }) => {
      log.debug("started");
      started.push({ id: run.id, attempt: run.attempt, at: 0 });
      if (input.fatal) throw new FatalError("asked to die");
      if (run.attempt <= (input.fail ?? 0)) throw new Error(`asked to fail attempt ${run.attempt}`);
      return input.value;
    },
  });
  return { started, scripted };
};
