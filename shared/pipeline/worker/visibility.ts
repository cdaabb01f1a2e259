import { maxReceiveCount } from "../../core/lane.ts";
import type { Wait } from "../../core/runs/change.ts";
import type { Verdict } from "../../core/runs/decide.ts";
import { needsWatch, watchRuns } from "../runs/watch-runs.ts";
import type { Batch, Delivery, Disposition } from "./batch.ts";

/** Longer waits are parked: a hidden message counts against the lane's 120,000 in flight. */
const maxHideMs = 60_000;

/**
 * From this many receives on, a message is acknowledged instead of hidden, so that hiding never makes it a native dead
 * letter.
 */
const maxSafeReceives = maxReceiveCount - 3;

/** Choose where a run waits for its next attempt. */
export const waitFor = async (batch: Batch, { receiveCount }: Delivery, verdict: Verdict): Promise<Wait> => {
  if (verdict.kind !== "retry" && verdict.kind !== "deferred") return "hide";
  if (verdict.kind === "deferred" && verdict.isToRunAlone) return "hide";
  if (verdict.kind === "deferred" && verdict.lane !== undefined) return "park";
  if (verdict.at - batch.ports.clock.now() > maxHideMs || receiveCount >= maxSafeReceives) return "park";
  return (await batch.canHideMore()) ? "hide" : "park";
};

/**
 * Return a message to the queue after an error that has nothing to do with it, or after an effect of its run's end that
 * failed. It is received again before its visibility ends, later each time. One that was received too often keeps its whole visibility, so that an outage does not use up its receives.
 */
export const returnAfterError = async (batch: Batch, delivery: Delivery): Promise<Disposition> =>
  delivery.receiveCount >= maxSafeReceives
    ? "nack"
    : await hide(batch, delivery, batch.ports.clock.now() + 1_000 * 2 ** delivery.receiveCount);

/**
 * SQS allows 12 hours from the receive, some of which have passed. It refuses a longer request, and the message would
 * return after its visibility, again and again.
 */
const maxHideSeconds = 11 * 3_600;

/** Hide a message until an instant. It returns to the queue automatically. */
export const hide = async (batch: Batch, { receipt }: Delivery, until: number): Promise<Disposition> => {
  const { clock, queue, log } = batch.ports;
  const seconds = Math.min(maxHideSeconds, Math.max(1, Math.ceil((until - clock.now()) / 1_000)));
  await queue.hide(batch.lane, receipt, seconds).catch((error: unknown) => {
    log.warn("message not hidden; it returns when its visibility ends", { error });
  });
  return "nack";
};

/**
 * Hide the message of a run that another worker holds or that is not due. It waits longer each time, since the other
 * worker may finish long before its lease ends. A message that was received too often is acknowledged, and its run is
 * left to the sweeper. A redriven dead letter is the exception: nothing else leads to its run, so the queue
 * dead-letters it again.
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
  if (row?.state === "dead" && row.generation === generation) return "nack";
  if (!row || !needsWatch(row)) return "ack";
  const unsafe = await watchRuns(batch.ports, [row], until);
  // The row changed meanwhile, or was not written: the message is kept, because it leads back to the run.
  return unsafe.length === 0 ? "ack" : "nack";
};
