import type { AttemptRecord } from "../core/runs/attempt-record.ts";

/** The record of an attempt, and when it expires. */
export interface AttemptEntry {
  readonly runId: string;
  readonly record: AttemptRecord;
  /** In seconds since 1970. */
  readonly ttl: number;
}

/** The records of attempts that failed or may be lost. */
export interface Attempts {
  /**
   * Save entries. An entry of the same run and claim replaces the previous one. No claim of a run twice in one call.
   */
  record(entries: readonly AttemptEntry[]): Promise<void>;
  /** The records of one run, in the order of their claims. Consistent. A record past its TTL is absent. */
  list(runId: string): Promise<readonly AttemptRecord[]>;
}
