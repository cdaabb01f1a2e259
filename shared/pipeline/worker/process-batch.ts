import type { Ports } from "../../ports/index.ts";
import { type Batch, createBatch, type Delivery, type Disposition, type WorkerContext } from "./batch.ts";
import { type MetricsCounter, minuteOf } from "./metrics-counter.ts";
import { processMessage } from "./process-message.ts";
import { hideAfterError } from "./visibility.ts";

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
  context: WorkerContext & { readonly metricsCounter: MetricsCounter },
  deliveries: readonly Delivery[],
): Promise<BatchResult> => {
  const batch = createBatch(context, ports);
  const first = deliveries.map((delivery) => turn(batch, delivery, deliveries.length === 1));
  const dispositions = new Map(await Promise.all(first));
  for (const delivery of deliveries.filter(
    ({ messageId }) => dispositions.get(messageId) === "retry-alone",
  )) {
    dispositions.set(...(await turn(batch, delivery, true)));
  }
  await keepCounts(ports, context, batch);
  const returned = deliveries.filter(({ messageId }) => dispositions.get(messageId) !== "ack");
  return { returned: returned.map(({ messageId }) => messageId), counts: batch.counts() };
};

const turn = async (
  batch: Batch,
  delivery: Delivery,
  isAlone: boolean,
): Promise<readonly [string, Disposition]> => {
  try {
    return [delivery.messageId, await processMessage(batch, delivery, isAlone)];
  } catch (error) {
    await hideAfterError(batch, delivery);
    batch.ports.log.error("message processing failed; it will be redelivered", {
      lane: batch.lane,
      messageId: delivery.messageId,
      error,
    });
    return [delivery.messageId, "nack"];
  }
};

/** Save the counts. A failed write is logged and does not affect any run; the next snapshot includes the counts. */
const keepCounts = async (
  { clock, metrics, log }: Ports,
  context: WorkerContext & { readonly metricsCounter: MetricsCounter },
  batch: Batch,
): Promise<void> => {
  const minute = minuteOf(clock.now());
  const counts = context.metricsCounter.flush(batch.counts(), minute);
  await metrics.save(minute, context.lane, counts).catch((error: unknown) => {
    log.warn("metrics snapshot not saved", { error });
  });
};
