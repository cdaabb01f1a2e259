import type { LedgerEntry } from "../core/schedules/ledger-entry.ts";

export interface LedgerQuery {
  readonly from?: number;
  readonly until?: number;
  readonly limit: number;
}

/** What became of every occurrence, by schedule. */
export interface Ledger {
  /** Keep entries. The same entry, written again, is kept once. */
  record(entries: readonly LedgerEntry[]): Promise<void>;
  /** Entries of one schedule whose first instant lies within, newest first. */
  list(schedule: string, query: LedgerQuery): Promise<readonly LedgerEntry[]>;
}
