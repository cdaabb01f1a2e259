import type { AttemptRecord } from "../core/runs/attempt-record.ts";

/** An attempt of a run, and until when it is kept. */
export interface AttemptEntry {
  readonly runId: string;
  readonly record: AttemptRecord;
  /** In seconds since 1970. */
  readonly ttl: number;
}

/** What became of attempts that failed or may be lost. */
export interface Attempts {
  /** Keep entries. Another of the same run and claim replaces the one before; no claim of a run twice in one call. */
  record(entries: readonly AttemptEntry[]): Promise<void>;
  /** Those of one run, in the order of their claims. Consistent. One past its TTL is absent. */
  list(runId: string): Promise<readonly AttemptRecord[]>;
}
