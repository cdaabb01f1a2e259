import type { Rule } from "../rules/rule.ts";
import { withoutUndefined } from "../without-undefined.ts";
import type { SkippedRange } from "./ledger-entry.ts";
import { skipAll } from "./plan.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/** Pause a schedule. Planned occurrences stay planned; the worker skips them while the pause lasts. */
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

/** Resume a schedule from an instant. Instants that were due during the pause are skipped and returned for the ledger. */
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

/** The row of a deleted schedule: enough for the worker to skip occurrences that were already sent. */
export const tombstone = ({ nextFireAt, pausedUntil, ...rest }: ScheduleRow): ScheduleRow => ({
  ...rest,
  state: "deleted",
  version: rest.version + 1,
});
