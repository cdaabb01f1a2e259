import type { LaneCounts } from "../../ports/index.ts";

export const noCounts: LaneCounts = {
  claimed: 0,
  succeeded: 0,
  retried: 0,
  dead: 0,
  deferred: 0,
  crashed: 0,
  waitMs: 0,
  workMs: 0,
};

export const minuteOf = (now: number): number => Math.floor(now / 60_000);

/** The counts of one execution environment. */
export interface MetricsCounter {
  /** Add the counts of a batch. Answers the total of the minute so far, which replaces the previous snapshot. */
  flush(batch: LaneCounts, minute: number): LaneCounts;
}

export const createMetricsCounter = (): MetricsCounter => {
  let current = { minute: -1, counts: noCounts };
  return {
    flush: (batch, minute) => {
      const before = current.minute === minute ? current.counts : noCounts;
      current = { minute, counts: addCounts(before, batch) };
      return current.counts;
    },
  };
};

export const addCounts = (a: LaneCounts, b: Partial<LaneCounts>): LaneCounts => ({
  claimed: a.claimed + (b.claimed ?? 0),
  succeeded: a.succeeded + (b.succeeded ?? 0),
  retried: a.retried + (b.retried ?? 0),
  dead: a.dead + (b.dead ?? 0),
  deferred: a.deferred + (b.deferred ?? 0),
  crashed: a.crashed + (b.crashed ?? 0),
  waitMs: a.waitMs + (b.waitMs ?? 0),
  workMs: a.workMs + (b.workMs ?? 0),
});
