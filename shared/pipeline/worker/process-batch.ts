import type { Ports } from "../../ports/index.ts";
import { defaultEndEffects } from "../runs/end-effects.ts";
import { type Batch, createBatch, type Delivery, type Disposition, type WorkerContext } from "./batch.ts";
import type { BatchTurn, WorkerSteps } from "./execute-run.ts";
import { defaultGates } from "./gates/gates.ts";
import { type MetricsCounter, minuteOf } from "./metrics-counter.ts";
import { processMessage } from "./process-message.ts";
import { defaultSettleEffects } from "./settle-effects.ts";
import { returnAfterError } from "./visibility.ts";

/** A list of steps that is left out is the default one. */
export interface WorkerOptions extends WorkerContext, Partial<WorkerSteps> {
  readonly metricsCounter: MetricsCounter;
}

export interface BatchResult {
  /** Ids of the messages that go back to the queue. */
  readonly returned: readonly string[];
  readonly counts: ReturnType<Batch["counts"]>;
}

/**
 * Process a batch, every record on its own and all at the same time. Never throws: a throw would return the whole batch
 * and make AWS reduce the lane's concurrency.
 */
export const processBatch = async (
  ports: Ports,
  {
    metricsCounter,
    gates = defaultGates,
    settleEffects = defaultSettleEffects,
    endEffects = defaultEndEffects,
    ...context
  }: WorkerOptions,
  deliveries: readonly Delivery[],
): Promise<BatchResult> => {
  const batch = createBatch(context, ports);
  const steps = { gates, settleEffects, endEffects };
  const isAlone = deliveries.length === 1;
  const first = deliveries.map((delivery) => takeTurn(batch, delivery, { ...steps, isAlone }));
  const dispositions = new Map(await Promise.all(first));
  for (const delivery of deliveries.filter(
    ({ messageId }) => dispositions.get(messageId) === "retry-alone",
  )) {
    dispositions.set(...(await takeTurn(batch, delivery, { ...steps, isAlone: true })));
  }
  await saveCounts(batch, metricsCounter);
  const returned = deliveries.filter(({ messageId }) => dispositions.get(messageId) !== "ack");
  return { returned: returned.map(({ messageId }) => messageId), counts: batch.counts() };
};

const takeTurn = async (
  batch: Batch,
  delivery: Delivery,
  turn: BatchTurn,
): Promise<readonly [string, Disposition]> => {
  try {
    return [delivery.messageId, await processMessage(batch, delivery, turn)];
  } catch (error) {
    const disposition = await returnAfterError(batch, delivery);
    batch.ports.log.error("message processing failed; it will be redelivered", {
      lane: batch.lane,
      messageId: delivery.messageId,
      error,
    });
    return [delivery.messageId, disposition];
  }
};

/** Save the counts. A failed write is logged and does not affect any run; the next snapshot includes the counts. */
const saveCounts = async (
  { ports: { clock, metrics, log }, lane, counts }: Batch,
  metricsCounter: MetricsCounter,
): Promise<void> => {
  const minute = minuteOf(clock.now());
  await metrics.save(minute, lane, metricsCounter.flush(counts(), minute)).catch((error: unknown) => {
    log.warn("metrics snapshot not saved", { error });
  });
};
