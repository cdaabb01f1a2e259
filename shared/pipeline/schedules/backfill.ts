import { DefinitionError } from "../../core/errors.ts";
import { newRun, runId } from "../../core/new-run.ts";
import { firstAt, type LedgerEntry, occurrenceKey, type ScheduleRow } from "../../core/occurrence.ts";
import { instants, misfireAfterMs } from "../../core/plan.ts";
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
  /** How many could not be written. Asked again, the same range makes them. */
  readonly failed: number;
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
  const { made, late, failed, kept } = await makeMissing(desk, row, found.slice(0, most));
  await schedules.record([...made.map((at) => caughtUpEntry(name, at, now)), ...late]);
  return { made, kept, failed, nextAt: found[most] };
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

interface Made extends Omit<Backfilled, "nextAt"> {
  /** What was made late before: perhaps by a backfill that was killed before it could say so. */
  readonly late: readonly LedgerEntry[];
}

const makeMissing = async (
  { ports }: ScheduleDesk,
  { name, job, lane, input }: ScheduleRow,
  due: readonly number[],
): Promise<Made> => {
  const now = ports.clock.now();
  const idOf = (at: number): string => runId(job, occurrenceKey(name, at));
  const there = await ports.runs.read(due.map(idOf));
  const missing = due.filter((at) => !there.has(idOf(at)));
  const unsent = await createAndSend(
    ports,
    missing.map((at) =>
      newRun({ job, key: occurrenceKey(name, at), lane, input, due: at, now, schedule: name }),
    ),
    { isPatient: false },
  );
  // A run whose message no queue has is made all the same: the sweeper sends it.
  const unsentThere = await ports.runs.read([...unsent]);
  const made = missing.filter((at) => !unsent.has(idOf(at)) || unsentThere.has(idOf(at)));
  const late = due.flatMap((at) => {
    const { createdAt = at } = there.get(idOf(at)) ?? {};
    return createdAt > at + misfireAfterMs ? [caughtUpEntry(name, at, createdAt)] : [];
  });
  return { made, late, kept: due.length - missing.length, failed: missing.length - made.length };
};
