import type { LaneName } from "../core/lane.ts";

/** The counts of one execution environment in one minute. */
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
  /** Save a cumulative snapshot. A later one of the same minute and environment replaces it. */
  save(minute: number, lane: LaneName, counts: LaneCounts): Promise<void>;
  /** The sums over all environments. */
  read(minute: number): Promise<ReadonlyMap<LaneName, LaneCounts>>;
}
