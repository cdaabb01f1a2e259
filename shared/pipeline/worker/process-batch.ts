import type { Ports } from "../../ports/index.ts";
import { type Batch, createBatch, type Delivery, type Disposition, type WorkerContext } from "./batch.ts";
import { type MetricsCounter, minuteOf } from "./metrics-counter.ts";
import { processMessage } from "./process-message.ts";
import { hideAfterError } from "./visibility.ts";

export interface BatchResult {
  /** Ids of the messages that are not proven done. */
  readonly returned: readonly string[];
  readonly counts: ReturnType<Batch["counts"]>;
}

/**
 * Work on a batch: every record on its own, at the same time. Never throws: a throw would send the whole batch back
 * and make AWS shrink the lane's concurrency.
 */
export const processBatch = async (
  ports: Ports,
  site: WorkerContext & { readonly tally: MetricsCounter },
  deliveries: readonly Delivery[],
): Promise<BatchResult> => {
  const batch = createBatch(site, ports);
  const first = deliveries.map((delivery) => turn(batch, delivery, deliveries.length === 1));
  const fates = new Map(await Promise.all(first));
  for (const delivery of deliveries.filter(({ messageId }) => fates.get(messageId) === "again")) {
    fates.set(...(await turn(batch, delivery, true)));
  }
  await keepCounts(ports, site, batch);
  const returned = deliveries.filter(({ messageId }) => fates.get(messageId) !== "done");
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
    return [delivery.messageId, "return"];
  }
};

/** Counts never change what became of a run: a failed write is told, and the next snapshot makes up for it. */
const keepCounts = async (
  { clock, metrics, log }: Ports,
  site: WorkerContext & { readonly tally: MetricsCounter },
  batch: Batch,
): Promise<void> => {
  const minute = minuteOf(clock.now());
  const counts = site.tally.flush(batch.counts(), minute);
  await metrics.save(minute, site.lane, counts).catch((error: unknown) => {
    log.warn("counts not kept", { error });
  });
};
