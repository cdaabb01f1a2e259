import { ruleOf } from "../../core/rules/stored-rule.ts";
import type { SkippedRange } from "../../core/schedules/ledger-entry.ts";
import { isDueAt } from "../../core/schedules/plan.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { PipelineContext } from "../../pipeline/context.ts";
import type { ChangedRow } from "../../pipeline/schedules/change-row.ts";
import { inFlightOccurrences } from "../../pipeline/schedules/in-flight-occurrences.ts";
import { iso } from "../runs/run-view.ts";
import { type ShownSchedule, shownRow } from "./schedule-view.ts";

/** Neighbouring times that do not run, for one reason. */
export interface ShownSkippedRange {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly reason: string;
}

/** A schedule as it is after a change, and what the change skipped. */
export interface ScheduleChanged {
  readonly schedule: ShownSchedule;
  readonly skipped: readonly ShownSkippedRange[];
}

const shownNext = 2;

/** The result of a change. What was sent before it and is no longer due is skipped too, by its worker. */
export const changedView = async (
  { before, row, skipped }: ChangedRow,
  context: PipelineContext,
): Promise<ScheduleChanged> => ({
  schedule: shownRow(row, context, shownNext),
  skipped: [...skipped, ...(await stopped(before, row, context))].map(({ from, to, ...skip }) => ({
    from: iso(from),
    to: iso(to),
    ...skip,
  })),
});

const stopped = async (
  before: ScheduleRow,
  row: ScheduleRow,
  context: PipelineContext,
): Promise<readonly SkippedRange[]> => {
  const rule = ruleOf(before, context.registry);
  const sent = rule ? await inFlightOccurrences(context.ports, before, rule) : [];
  // Of another job it runs all the same, as another run.
  const at = sent.filter((instant) => stopsAt(row, instant, context));
  const [from, to] = [at[0], at.at(-1)];
  if (from === undefined || to === undefined) return [];
  return [{ from, to, count: at.length, reason: reasonOf(row) }];
};

/** As the worker will see it. */
const stopsAt = (row: ScheduleRow, instant: number, { registry }: PipelineContext): boolean => {
  if (row.state === "deleted") return true;
  if (row.state === "paused") return instant < (row.pausedUntil ?? Number.POSITIVE_INFINITY);
  const rule = ruleOf(row, registry);
  return rule !== undefined && !isDueAt(rule, instant);
};

const reasonOf = ({ state, pauseReason }: ScheduleRow): string =>
  ({ deleted: "deleted", paused: `paused: ${pauseReason}`, active: "edited: not due any more" })[state];
