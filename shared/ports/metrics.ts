import type { LaneName } from "../core/lane.ts";

/** What one execution environment counted in one minute. */
export interface LaneCounts {
  readonly claimed: number;
  readonly succeeded: number;
  readonly retried: number;
  readonly dead: number;
  readonly deferred: number;
  readonly crashed: number;
  /** Milliseconds from due to start, summed over claims. */
  readonly waitMs: number;
  /** Milliseconds of handlers, summed over ended attempts. */
  readonly workMs: number;
}

export interface Metrics {
  /** Keep a cumulative snapshot: the same minute and environment again replaces it. */
  save(minute: number, lane: LaneName, counts: LaneCounts): Promise<void>;
  /** All environments together. */
  read(minute: number): Promise<ReadonlyMap<LaneName, LaneCounts>>;
}
