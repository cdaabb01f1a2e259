import { maxReceiveCount } from "../../core/lane.ts";
import type { Wait } from "../../core/runs/change.ts";
import type { Verdict } from "../../core/runs/decide.ts";
import { needsWatch, watchRuns } from "../runs/watch-runs.ts";
import type { Batch, Delivery, Disposition } from "./batch.ts";

/** Longer waits are parked: a hidden message counts against the lane's 120,000 in flight. */
const maxHideMs = 60_000;

/** From here on a message is let go rather than hidden, so that hiding never makes it a native dead letter. */
const maxSafeReceives = maxReceiveCount - 3;

/** Where a run waits for its next attempt. */
export const waitFor = async (batch: Batch, { receiveCount }: Delivery, verdict: Verdict): Promise<Wait> => {
  if (verdict.kind !== "retry" && verdict.kind !== "deferred") return "hide";
  if (verdict.kind === "deferred" && verdict.isToRunAlone) return "hide";
  if (verdict.kind === "deferred" && verdict.lane !== undefined) return "park";
  if (verdict.at - batch.ports.clock.now() > maxHideMs || receiveCount >= maxSafeReceives) return "park";
  return (await batch.canHideMore()) ? "hide" : "park";
};

/**
 * Something failed that has nothing to do with the message: it comes back sooner than its visibility ends, later each
 * time. One that has come too often keeps its whole visibility, so that an outage does not use up its receives.
 */
export const hideAfterError = async (batch: Batch, delivery: Delivery): Promise<void> => {
  if (delivery.receiveCount >= maxSafeReceives) return;
  await hide(batch, delivery, batch.ports.clock.now() + 1_000 * 2 ** delivery.receiveCount);
};

/**
 * SQS allows 12 hours and counts them from the receive, which is some time ago: a request for more than what is left is
 * refused, and the message would come back with its visibility, again and again.
 */
const maxHideSeconds = 11 * 3_600;

/** Keep a message out of sight until an instant; it comes back by itself. */
export const hide = async (batch: Batch, { receipt }: Delivery, until: number): Promise<Disposition> => {
  const { clock, queue, log } = batch.ports;
  const seconds = Math.min(maxHideSeconds, Math.max(1, Math.ceil((until - clock.now()) / 1_000)));
  await queue.hide(batch.lane, receipt, seconds).catch((error: unknown) => {
    log.warn("message not hidden: it comes back when its visibility ends", { error });
  });
  return "return";
};

/**
 * Another holds the run, or it is not due. The message waits, longer each time: the other may end long before its lease
 * does. One that has come too often is let go, and its run left to the sweeper. A redriven dead letter is the exception:
 * nothing else leads to its run, so the queue dead-letters it again.
 */
export const hideUntilAvailable = async (
  batch: Batch,
  delivery: Delivery,
  { id, generation, until }: { readonly id: string; readonly generation: number; readonly until: number },
): Promise<Disposition> => {
  const { runs, clock } = batch.ports;
  if (delivery.receiveCount < maxSafeReceives) {
    return await hide(batch, delivery, Math.min(until, clock.now() + 1_000 * 2 ** delivery.receiveCount));
  }
  const row = (await runs.read([id])).get(id);
  if (row?.state === "dead" && row.generation === generation) return "return";
  if (!row || !needsWatch(row)) return "done";
  const unsafe = await watchRuns(batch.ports, [row], until);
  // The row changed meanwhile, or was not written: the message stays as what leads back to the run.
  return unsafe.length === 0 ? "done" : "return";
};
