import type { ScheduleRow } from "./schedule-row.ts";

/** When planning failed, and how far that tick looked ahead, in milliseconds since 1970. */
export interface FailedPlan {
  readonly now: number;
  readonly until: number;
}

const firstGapMs = 60_000;
/** A deploy that brings the job or the rule back waits for this long at most. */
const maxGapMs = 15 * 60_000;
const reportGapMs = 60 * 60_000;

/**
 * A schedule that this code cannot plan, moved out of the way of the others: it is tried again by the next tick, then
 * at growing gaps. `isReported` says whether it is time to report it: at first, then once an hour.
 */
export const postponed = (
  row: ScheduleRow,
  { now, until }: FailedPlan,
): { readonly row: ScheduleRow; readonly isReported: boolean } => {
  const { tries = 0, reportedAt = Number.NEGATIVE_INFINITY } = row.unplannable ?? {};
  const isReported = now >= reportedAt + reportGapMs;
  const unplannable = {
    tries: tries + 1,
    // A tick sees what is due up to its look-ahead, so the gap counts from there.
    nextTryAt: until + Math.min(maxGapMs, firstGapMs * 2 ** tries),
    reportedAt: isReported ? now : reportedAt,
  };
  return { row: { ...row, unplannable }, isReported };
};
