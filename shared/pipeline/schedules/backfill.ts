import { DefinitionError } from "../../core/errors.ts";
import { newRun, runId } from "../../core/new-run.ts";
import { firstAt, occurrenceKey, type ScheduleRow } from "../../core/occurrence.ts";
import { instants } from "../../core/plan.ts";
import type { Rule } from "../../core/rule.ts";
import { createAndSend } from "../create-and-send.ts";
import { findSchedule, jobFor, ruleFor, type ScheduleDesk } from "./change-row.ts";
import { caughtUpEntry } from "./operator-entries.ts";

export interface Backfill {
  readonly from: Date;
  /** Not included. */
  readonly until: Date;
  /** Look at so many instants, from the oldest on. */
  readonly most?: number | undefined;
}

export interface Backfilled {
  /** Instants that had no run and have one now. */
  readonly made: readonly number[];
  /** How many had their run already, whatever became of it. */
  readonly kept: number;
  /** Where to go on, when there were more than the most. */
  readonly nextAt: number | undefined;
}

const defaultMost = 1_000;

/**
 * Run what was due in a range of the past. An occurrence that has a run keeps it: only what is missing is made.
 * @throws DefinitionError when the range is not one of the past, or the schedule is one that cannot be backfilled.
 */
export const backfillSchedule = async (
  desk: ScheduleDesk,
  name: string,
  range: Backfill,
): Promise<Backfilled> => {
  const { schedules, clock } = desk.ports;
  const now = clock.now();
  checkRange(range, now);
  const row = await findSchedule(desk, name);
  const rule = ruleFor(desk, row);
  checkSchedule(desk, row, rule);
  const most = range.most ?? defaultMost;
  const found = instants(rule, firstAt(rule, range.from.getTime()), range.until.getTime() - 1, most + 1);
  const made = await run(desk, row, found.slice(0, most));
  await schedules.record(made.map((at) => caughtUpEntry(name, at, now)));
  return { made, kept: Math.min(found.length, most) - made.length, nextAt: found[most] };
};

const checkRange = ({ from, until }: Backfill, now: number): void => {
  if (until.getTime() > now) {
    throw new DefinitionError(
      "until",
      `expected an instant that is over, got ${until.toISOString()}; choose one up to now, since what is to come runs by itself`,
    );
  }
  if (from >= until) {
    throw new DefinitionError(
      "from",
      `expected an instant before until, ${until.toISOString()}, got ${from.toISOString()}; choose an earlier one`,
    );
  }
};

/** A worker lets the runs of a paused schedule go, and an occurrence has one run for ever. */
const checkSchedule = (
  desk: ScheduleDesk,
  { name, state, job }: ScheduleRow,
  { text, drifts }: Rule,
): void => {
  if (state === "paused") {
    throw new DefinitionError(
      `schedule "${name}"`,
      "expected one that is active, got one that is paused; resume it first, or trigger it",
    );
  }
  if (drifts) {
    throw new DefinitionError(
      `schedule "${name}"`,
      `expected a rule whose instants can be told afterwards, got "${text}"; trigger it instead`,
    );
  }
  jobFor(desk, job);
};

/** Make the runs that are not there. @returns their instants */
const run = async (
  { ports }: ScheduleDesk,
  { name, job, lane, input }: ScheduleRow,
  due: readonly number[],
): Promise<readonly number[]> => {
  const now = ports.clock.now();
  const idOf = (at: number): string => runId(job, occurrenceKey(name, at));
  const there = await ports.runs.read(due.map(idOf));
  const missing = due.filter((at) => !there.has(idOf(at)));
  const runs = missing.map((at) =>
    newRun({ job, key: occurrenceKey(name, at), lane, input, due: at, now, schedule: name }),
  );
  await createAndSend(ports, runs);
  return missing;
};
