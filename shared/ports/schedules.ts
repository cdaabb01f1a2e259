import type { LaneName } from "../core/lane.ts";
import type { ScheduleChange, ScheduleRow } from "../core/schedules/schedule-row.ts";
import type { DueQuery, Page } from "./pages.ts";

/** The row of every schedule. */
export interface Schedules {
  /** The names of schedules that are due for the dispatcher at or before `until`. */
  due(lane: LaneName, query: DueQuery): Promise<Page>;
  /** Consistent. */
  read(names: readonly string[]): Promise<ReadonlyMap<string, ScheduleRow>>;
  /** The rows of all schedules, for operations. */
  all(): Promise<readonly ScheduleRow[]>;
  /** Insert rows. Answers false where the name is taken. */
  create(rows: readonly ScheduleRow[]): Promise<readonly boolean[]>;
  /** Replace rows. Answers false where the version has changed. */
  change(changes: readonly ScheduleChange[]): Promise<readonly boolean[]>;
}
