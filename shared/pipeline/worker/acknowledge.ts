import type { Wait } from "../../core/runs/change.ts";
import type { Verdict } from "../../core/runs/decide.ts";
import { isTerminal, type Run, type Running } from "../../core/runs/run.ts";
import { type EndEffect, type EndedRun, isEnded } from "../runs/end-effects.ts";
import { applyEndEffects } from "../runs/end-run.ts";
import type { Batch, Delivery, Disposition } from "./batch.ts";
import type { Settled } from "./settle.ts";
import { hide, returnAfterError } from "./visibility.ts";

export interface Outcome {
  readonly delivery: Delivery;
  /** The row as it was claimed. */
  readonly run: Running;
  /** The row as it is after the outcome was written. */
  readonly row: Run;
  readonly verdict: Verdict;
  readonly wait: Wait;
  readonly schedule: EndedRun["schedule"];
  readonly claimedAt: number;
}

/** Finish a message whose row has the outcome: apply the effects of an end, then answer the queue. */
export const acknowledge = async (
  batch: Batch,
  outcome: Outcome,
  effects: readonly EndEffect[],
): Promise<Disposition> => {
  const { delivery, run, row, verdict, wait, schedule, claimedAt } = outcome;
  if (isEnded(row)) {
    const attempt = run.claimCount - run.claimCountAtStart;
    const ended = { row, endedBy: "worker", attempt, startedAt: claimedAt, schedule } as const;
    const isComplete = await applyEndEffects(batch.ports, ended, effects);
    return isComplete ? "ack" : await returnAfterError(batch, delivery);
  }
  if (wait === "park" || !("at" in verdict)) return "ack";
  return await hide(batch, delivery, verdict.at);
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
