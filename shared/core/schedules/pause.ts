import type { Rule } from "../rules/rule.ts";
import { withoutUndefined } from "../without-undefined.ts";
import type { SkippedRange } from "./ledger-entry.ts";
import { skipAll } from "./plan.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/** A schedule that stands still. What was planned stays planned; the worker lets it go while the pause lasts. */
export const paused = (row: ScheduleRow, reason: string, until?: number): ScheduleRow => {
  const { pausedUntil, ...rest } = row;
  return withoutUndefined({
    ...rest,
    state: "paused",
    version: row.version + 1,
    pauseReason: reason,
    pausedUntil: until,
  });
};

/** The schedule goes on from an instant; what was due in between is let go, and told. */
export const resumed = (
  row: ScheduleRow,
  rule: Rule,
  from: number,
): { readonly row: ScheduleRow; readonly skipped: readonly SkippedRange[] } => {
  const { pauseReason = "", pausedUntil, nextFireAt: plannedTo, unplannable, ...rest } = row;
  const { skipped, nextFireAt } = skipAll(rule, plannedTo, from, `paused: ${pauseReason}`);
  return {
    row: withoutUndefined({
      ...rest,
      state: "active",
      version: row.version + 1,
      nextFireAt,
    }),
    skipped,
  };
};

/** What is left of a schedule that was deleted: enough for the worker to let go what was sent. */
export const tombstone = ({ nextFireAt, pausedUntil, ...rest }: ScheduleRow): ScheduleRow => ({
  ...rest,
  state: "deleted",
  version: rest.version + 1,
});
