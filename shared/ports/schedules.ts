import type { LaneName } from "../core/lane.ts";
import type { ScheduleChange, ScheduleRow } from "../core/schedules/schedule-row.ts";
import type { DueQuery, Page } from "./pages.ts";

/** The row of every schedule. */
export interface Schedules {
  /** Names of schedules that the dispatcher must look at by then. */
  due(lane: LaneName, query: DueQuery): Promise<Page>;
  /** Consistent. */
  read(names: readonly string[]): Promise<ReadonlyMap<string, ScheduleRow>>;
  /** Every schedule there is, for an operator's eyes. */
  all(): Promise<readonly ScheduleRow[]>;
  /** Insert, unless the name is taken. */
  create(rows: readonly ScheduleRow[]): Promise<readonly boolean[]>;
  /** Replace a row if its version is still the one named. */
  change(changes: readonly ScheduleChange[]): Promise<readonly boolean[]>;
}
