import type { LedgerEntry } from "../core/schedules/ledger-entry.ts";

export interface LedgerQuery {
  readonly from?: number;
  readonly until?: number;
  readonly limit: number;
}

/** The outcome of every occurrence, by schedule. */
export interface Ledger {
  /** Save entries. An entry that is written again is stored once. */
  record(entries: readonly LedgerEntry[]): Promise<void>;
  /** The entries of one schedule whose first instant is in the range, newest first. */
  list(schedule: string, query: LedgerQuery): Promise<readonly LedgerEntry[]>;
}
