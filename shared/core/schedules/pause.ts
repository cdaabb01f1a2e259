import type { Rule } from "../rules/rule.ts";
import type { Skip } from "./ledger-entry.ts";
import { skipAll } from "./plan.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/** A schedule that stands still. What was planned stays planned; the worker lets it go while the pause lasts. */
export const paused = (row: ScheduleRow, reason: string, until?: number): ScheduleRow => {
  const { pausedUntil, ...rest } = row;
  return {
    ...rest,
    state: "paused",
    version: row.version + 1,
    pausedFor: reason,
    ...(until !== undefined && { pausedUntil: until }),
  };
};

/** The schedule goes on from an instant; what was due in between is let go, and told. */
export const resumed = (
  row: ScheduleRow,
  rule: Rule,
  from: number,
): { readonly row: ScheduleRow; readonly skipped: readonly Skip[] } => {
  const { pausedFor = "", pausedUntil, nextAt: plannedTo, unplannable, ...rest } = row;
  const { skipped, nextAt } = skipAll(rule, plannedTo, from, `paused: ${pausedFor}`);
  return {
    row: { ...rest, state: "active", version: row.version + 1, ...(nextAt !== undefined && { nextAt }) },
    skipped,
  };
};

/** What is left of a schedule that was deleted: enough for the worker to let go what was sent. */
export const buried = ({ nextAt, pausedUntil, ...rest }: ScheduleRow): ScheduleRow => ({
  ...rest,
  state: "deleted",
  version: rest.version + 1,
});
