import type { Registry } from "../../core/jobs/registry.ts";
import { type LaneName, laneNames, laneTimeoutMs } from "../../core/lane.ts";
import { readMessage } from "../../core/runs/message.ts";
import { dispatch } from "../../pipeline/dispatcher/tick.ts";
import { sweep } from "../../pipeline/sweeper/sweep.ts";
import type { Delivery } from "../../pipeline/worker/batch.ts";
import { createMetricsCounter } from "../../pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../pipeline/worker/process-batch.ts";
import type { Memory } from "../memory.ts";
import type { Activity } from "./activity.ts";
import type { Faults } from "./faults.ts";
import { nextMinuteWithWork } from "./next-minute.ts";
import type { Processes } from "./process.ts";

export interface DriverContext {
  readonly memory: Memory;
  readonly registry: Registry;
  readonly activity: Activity;
  readonly faults: Faults;
  readonly processes: Processes;
}

const minuteMs = 60_000;
const functionTimeoutMs = 55_000;

/** Moves virtual time, and does in it what AWS does: ticks, sweeps, deliveries, timeouts of functions. */
export const createDriver = (context: DriverContext): { readonly advance: (ms: number) => Promise<void> } => {
  const { memory, activity, processes } = context;
  const { clock } = memory;
  let nextMinuteAt: number | undefined = clock.now();

  const startDue = (): boolean => {
    processes.killOverdue();
    const isMinute = nextMinuteAt !== undefined && nextMinuteAt <= clock.now();
    if (isMinute) {
      nextMinuteAt = undefined;
      startMinute(context);
    }
    return deliverVisible(context) || isMinute;
  };

  /** Do all that is due now, and what it leads to without more time. */
  const settle = async (): Promise<void> => {
    do await activity.quiet();
    while (startDue());
    const crash = processes.crash();
    if (crash !== undefined) throw crash;
  };

  const nextEventAt = async (): Promise<number> => {
    const now = clock.now();
    nextMinuteAt = await nextMinuteWithWork(memory, Math.floor(now / minuteMs) * minuteMs + minuteMs);
    const messages = laneNames.flatMap((lane) =>
      memory.ports.queue.waiting(lane).flatMap(({ visibleAt }) => (visibleAt > now ? [visibleAt] : [])),
    );
    const deadlines = [...processes.live].map(({ deadlineAt }) => deadlineAt);
    const times = [clock.nextWakeAt(), nextMinuteAt, ...messages, ...deadlines];
    return Math.min(...times.filter((at) => at !== undefined));
  };

  return {
    advance: async (ms) => {
      const until = clock.now() + ms;
      await settle();
      for (let next = await nextEventAt(); next <= until; next = await nextEventAt()) {
        await clock.advance(Math.max(0, next - clock.now()));
        await settle();
      }
      await clock.advance(until - clock.now());
    },
  };
};

/** One minute's tick and sweep. When one throws, as when its store fails, the next one does the rest. */
const startMinute = ({ memory, registry, faults, processes }: DriverContext): void => {
  const at = new Date(memory.clock.now()).toISOString();
  if (!faults.lasting("dispatcher-down"))
    processes.start({ label: `tick ${at}`, timeoutMs: functionTimeoutMs }, async ({ ports, deadlineAt }) => {
      await dispatch(ports, registry, { deadlineAt }).catch(() => undefined);
    });
  processes.start({ label: `sweep ${at}`, timeoutMs: functionTimeoutMs }, async ({ ports, deadlineAt }) => {
    await sweep(ports, registry, deadlineAt).catch(() => undefined);
  });
};

/** Give what is visible to workers, in batches, as the event source mapping does. Answers whether there was any. */
const deliverVisible = (context: DriverContext): boolean => {
  let isAny = false;
  for (const lane of laneNames) {
    for (;;) {
      const deliveries = context.memory.receive(lane);
      if (deliveries.length === 0) break;
      isAny = true;
      for (const delivery of deliveries) showAgain(context, lane, delivery);
      startWorker(context, lane, deliveries);
    }
  }
  return isAny;
};

/** Make a message visible to another worker at once, if that fault was injected. */
const showAgain = ({ memory, faults }: DriverContext, lane: LaneName, delivery: Delivery): void => {
  const read = readMessage(delivery.body, delivery.messageId);
  const job = "problem" in read ? undefined : read.message.job;
  if (faults.take("message-delivered-twice", job)) void memory.ports.queue.hide(lane, delivery.receipt, 0);
};

const startWorker = (
  { memory, registry, processes }: DriverContext,
  lane: LaneName,
  deliveries: readonly Delivery[],
): void => {
  const timeoutMs = laneTimeoutMs(lane);
  const label = `worker-${lane}`;
  processes.start({ label, timeoutMs, isSkewable: true }, async ({ ports, killed }) => {
    const deadlineAt = ports.clock.now() + timeoutMs;
    const options = { lane, worker: label, registry, metricsCounter: createMetricsCounter(), deadlineAt };
    const { returned } = await processBatch(ports, options, deliveries);
    const done = deliveries.filter(({ messageId }) => !returned.includes(messageId));
    if (!killed.aborted) memory.ports.queue.remove(lane, done);
  });
};
