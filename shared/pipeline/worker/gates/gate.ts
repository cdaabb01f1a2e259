import type { Job } from "../../../core/jobs/job.ts";
import type { Verdict } from "../../../core/runs/decide.ts";
import type { RunFields, Running } from "../../../core/runs/run.ts";
import type { LedgerEntry } from "../../../core/schedules/ledger-entry.ts";
import type { ScheduleRow } from "../../../core/schedules/schedule-row.ts";
import type { Batch, Delivery } from "../batch.ts";

/** What a gate can read. */
export interface GateContext {
  readonly batch: Batch;
  readonly delivery: Delivery;
  readonly run: Running;
  /** Absent when this deployment does not have the job. */
  readonly job: Job | undefined;
  /** Whether no other run of the batch is in progress. */
  readonly isAlone: boolean;
  /** The schedule of an occurrence. Read at the first call, once per run. */
  schedule(): Promise<ScheduleRow | undefined>;
}

/** The run does not start: it ends or waits, as the verdict says. */
export interface EarlyEnd {
  readonly kind: "early-end";
  readonly verdict: Verdict;
  /** The ledger entry of an occurrence that its schedule skipped. Written after the row. */
  readonly ledgerEntry?: LedgerEntry | undefined;
  /** Further facts that the row keeps. */
  readonly facts?: RunFields | undefined;
}

/** The run is given back, and claimed again after the rest of the batch. */
interface RetryAlone {
  readonly kind: "retry-alone";
}

/** The result of a gate. Undefined passes the run to the next gate. */
export type GateResult = EarlyEnd | RetryAlone | undefined;

/**
 * A check between the claim and the handler. When a gate throws, because it could not read what it needs, the attempt
 * is deferred, uncharged.
 */
export type Gate = (context: GateContext) => GateResult | Promise<GateResult>;

/** The result of the first gate that does not pass the run on. */
export const checkGates = async (context: GateContext, gates: readonly Gate[]): Promise<GateResult> => {
  for (const gate of gates) {
    const result = await gate(context);
    if (result) return result;
  }
  return undefined;
};

export const earlyEnd = (verdict: Verdict, ledgerEntry?: LedgerEntry, facts?: RunFields): EarlyEnd => ({
  kind: "early-end",
  verdict,
  ledgerEntry,
  facts,
});

export const dead = (reason: string): EarlyEnd => earlyEnd({ kind: "dead", reason });
