import type { Wait } from "../../core/runs/change.ts";
import type { Verdict } from "../../core/runs/decide.ts";
import { isTerminal, type Run, type Running } from "../../core/runs/run.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { applyEndEffects, isEnded } from "../runs/end-run.ts";
import { sendRuns } from "../runs/send-runs.ts";
import type { Batch, Delivery, Disposition } from "./batch.ts";
import type { Settled } from "./settle.ts";
import { hide } from "./visibility.ts";

export interface Outcome {
  readonly delivery: Delivery;
  /** The row as it was claimed. */
  readonly run: Running;
  /** The row as it is after the outcome was written. */
  readonly row: Run;
  readonly verdict: Verdict;
  readonly wait: Wait;
  readonly schedule: ScheduleRow | undefined;
  readonly claimedAt: number;
}

/** Finish a message whose row has the outcome: apply the effects of an end, then answer the queue. */
export const acknowledge = async (batch: Batch, outcome: Outcome): Promise<Disposition> => {
  const { delivery, run, row, verdict, wait, schedule, claimedAt } = outcome;
  if (isEnded(row)) {
    const isComplete = await applyEndEffects(batch.ports, {
      row,
      endedBy: "worker",
      attempt: run.claimCount - run.claimCountAtStart,
      startedAt: claimedAt,
      ...(schedule && { schedule: { row: schedule } }),
    });
    return isComplete ? "ack" : "nack";
  }
  // The dispatcher sends it as well, at its next tick. Only one of the two messages can claim the run.
  if (verdict.kind === "deferred" && verdict.lane !== undefined) await sendSoon(batch, row);
  if (wait === "park" || !("at" in verdict)) return "ack";
  return await hide(batch, delivery, verdict.at);
};

const sendSoon = async ({ ports }: Batch, row: Run): Promise<void> => {
  if (row.state !== "parked" || row.availableAt > ports.clock.now()) return;
  await sendRuns(ports, [row], { isPaced: false }).catch((error: unknown) => {
    ports.log.warn("message not sent; the next tick sends it", { run: row.id, error });
  });
};

/** Answer the queue when the outcome could not be written: the lease was lost, or the store did not answer in time. */
export const afterLostLease = (
  { ports }: Batch,
  run: Running,
  settled: Exclude<Settled, { kind: "written" }>,
): Disposition => {
  if (settled.kind === "unknown") {
    ports.log.error("outcome not written; the store did not answer", { run: run.id, error: settled.error });
    return "nack";
  }
  ports.log.warn("settle rejected: lease lost", { run: run.id });
  return settled.row && isTerminal(settled.row.state) ? "ack" : "nack";
};
