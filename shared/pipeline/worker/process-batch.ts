import type { Ports } from "../../ports/index.ts";
import { type Batch, createBatch, type Delivery, type Fate, type WorkSite } from "./batch.ts";
import { minuteOf, type Tally } from "./metrics-counter.ts";
import { workRecord } from "./process-message.ts";
import { hideForNow } from "./visibility.ts";

export interface Worked {
  /** Ids of the messages that are not proven done. */
  readonly returned: readonly string[];
  readonly counts: ReturnType<Batch["counts"]>;
}

/**
 * Work on a batch: every record on its own, at the same time. Never throws: a throw would send the whole batch back
 * and make AWS shrink the lane's concurrency.
 */
export const work = async (
  ports: Ports,
  site: WorkSite & { readonly tally: Tally },
  deliveries: readonly Delivery[],
): Promise<Worked> => {
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

const turn = async (batch: Batch, delivery: Delivery, isAlone: boolean): Promise<readonly [string, Fate]> => {
  try {
    return [delivery.messageId, await workRecord(batch, delivery, isAlone)];
  } catch (error) {
    await hideForNow(batch, delivery);
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
  site: WorkSite & { readonly tally: Tally },
  batch: Batch,
): Promise<void> => {
  const minute = minuteOf(clock.now());
  const counts = site.tally.close(batch.counts(), minute);
  await metrics.save(minute, site.lane, counts).catch((error: unknown) => {
    log.warn("counts not kept", { error });
  });
};
