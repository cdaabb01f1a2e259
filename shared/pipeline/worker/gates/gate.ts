import type { Job } from "../../../core/jobs/job.ts";
import type { Verdict } from "../../../core/runs/decide.ts";
import type { RunFields, Running } from "../../../core/runs/run.ts";
import type { LedgerEntry } from "../../../core/schedules/ledger-entry.ts";
import type { ScheduleRow } from "../../../core/schedules/schedule-row.ts";
import type { Batch, Delivery } from "../batch.ts";

/** What a gate may look at. */
export interface GateContext {
  readonly batch: Batch;
  readonly delivery: Delivery;
  readonly run: Running;
  /** Absent when this deployment does not have it. */
  readonly job: Job | undefined;
  /** Whether no other run of the batch is being worked on. */
  readonly isAlone: boolean;
  /** The schedule of an occurrence. Read once, when a gate first asks. */
  schedule(): Promise<ScheduleRow | undefined>;
}

/** The run does not start: it ends or waits, by this verdict. */
export interface EarlyEnd {
  readonly kind: "early-end";
  readonly verdict: Verdict;
  /** What the ledger says of an occurrence that its schedule skipped. Written after the row. */
  readonly ledgerEntry?: LedgerEntry | undefined;
  /** Further facts that the row keeps. */
  readonly facts?: RunFields | undefined;
}

/** The run is given back, and claimed again when the rest of the batch is through. */
interface RetryAlone {
  readonly kind: "retry-alone";
}

/** Undefined lets the run pass to the next gate. */
export type GateResult = EarlyEnd | RetryAlone | undefined;

/**
 * A check between the claim and the handler. A gate that throws could not read what it needs: the attempt is deferred,
 * uncharged.
 */
export type Gate = (context: GateContext) => GateResult | Promise<GateResult>;

export const earlyEnd = (verdict: Verdict, ledgerEntry?: LedgerEntry, facts?: RunFields): EarlyEnd => ({
  kind: "early-end",
  verdict,
  ledgerEntry,
  facts,
});

export const dead = (reason: string): EarlyEnd => earlyEnd({ kind: "dead", reason });
