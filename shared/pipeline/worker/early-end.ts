import type { Verdict } from "../../core/runs/decide.ts";
import type { Running } from "../../core/runs/run.ts";
import { type LedgerEntry, skippedByWorker } from "../../core/schedules/ledger-entry.ts";

/** A run ends before its handler, and what the ledger is told of it when the row knows. */
export interface OverlapEnd {
  readonly verdict: Verdict;
  readonly ledgerEntry?: LedgerEntry | undefined;
}

/** An occurrence that does not run, and what its ledger is told. */
export const skipOccurrence = (run: Running, schedule: string, now: number, reason: string): OverlapEnd => ({
  verdict: { kind: "cancelled", reason },
  ledgerEntry: skippedByWorker(run, schedule, now, reason),
});
