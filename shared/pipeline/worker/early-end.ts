import type { Verdict } from "../../core/runs/decide.ts";
import type { Running } from "../../core/runs/run.ts";
import { type LedgerEntry, skippedAtWork } from "../../core/schedules/ledger-entry.ts";

/** A run ends before its handler, and what the ledger is told of it when the row knows. */
export interface Stop {
  readonly verdict: Verdict;
  readonly told?: LedgerEntry | undefined;
}

/** An occurrence that does not run, and what its ledger is told. */
export const letGo = (run: Running, schedule: string, now: number, reason: string): Stop => ({
  verdict: { kind: "cancelled", reason },
  told: skippedAtWork(run, schedule, now, reason),
});
