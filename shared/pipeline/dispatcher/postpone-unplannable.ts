import { replaceRow, type ScheduleChange, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { postponed } from "../../core/schedules/unplannable.ts";
import type { Dispatch } from "./context.ts";

/** A schedule that this code cannot plan. */
export interface Unplannable {
  readonly row: ScheduleRow;
  /** The error that its rule threw. Absent when its rule or job is not in this deployment. */
  readonly error?: unknown;
}

/**
 * Build the writes that postpone schedules which cannot be planned. Logs each of them the first time, and then once an
 * hour.
 */
export const postponeUnplannable = (
  { ports: { log, clock }, until }: Pick<Dispatch, "ports" | "until">,
  unplannable: readonly Unplannable[],
): readonly ScheduleChange[] => {
  const now = clock.now();
  const all = unplannable.map((one) => ({ ...one, ...postponed(one.row, { now, until }), before: one.row }));
  const reported = all.filter(({ isReported }) => isReported);
  const missing = reported.filter(({ error }) => error === undefined).map(({ row }) => row.name);
  if (missing.length > 0)
    log.warn("schedules skipped: their rules or jobs are not in this deployment", { schedules: missing });
  for (const { row, error } of reported)
    if (error !== undefined) log.error("schedule skipped: its rule threw", { schedule: row.name, error });
  return all.map(({ before, row }) => replaceRow(before, row));
};
