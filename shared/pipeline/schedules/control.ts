import { DefinitionError } from "../../core/errors.ts";
import { newRun } from "../../core/new-run.ts";
import { firstAt, occurrenceKey, type ScheduleRow } from "../../core/occurrence.ts";
import { paused, resumed } from "../../core/pause.ts";
import { instants } from "../../core/plan.ts";
import { createAndSend } from "../create-and-send.ts";
import { type Enqueued, enqueueMany, only } from "../enqueue.ts";
import { buried } from "../reconcile.ts";
import { changeRow, findSchedule, ruleFor, type ScheduleDesk } from "./change-row.ts";

export interface Pause {
  readonly reason?: string | undefined;
  /** Go on by itself at this instant. */
  readonly until?: Date | undefined;
}

/** Pause a schedule. It reaches occurrences that were sent already: their worker lets them go while the pause lasts. */
export const pauseSchedule = (
  desk: ScheduleDesk,
  name: string,
  { reason = "by an operator", until }: Pause,
): Promise<ScheduleRow> => {
  if (until && until.getTime() <= desk.ports.clock.now()) {
    throw new DefinitionError("until", `expected an instant to come, got ${until.toISOString()}`);
  }
  return changeRow(desk, name, (row) => ({ row: paused(row, reason, until?.getTime()) }));
};

/** Go on from now. What was due during the pause is let go, and told in the ledger. */
export const resumeSchedule = (desk: ScheduleDesk, name: string): Promise<ScheduleRow> =>
  changeRow(desk, name, (row) =>
    row.state === "paused" ? resumed(row, ruleFor(desk, row), desk.ports.clock.now()) : { row },
  );

/**
 * Delete a schedule that was made at run time. Occurrences that were sent already are let go by their worker.
 * @throws DefinitionError when it stands in the code, whose next deploy would bring it back.
 */
export const deleteSchedule = (desk: ScheduleDesk, name: string): Promise<ScheduleRow> =>
  changeRow(desk, name, (row) => {
    if (row.source === "operator") return { row: buried(row) };
    throw new DefinitionError(
      `schedule "${name}"`,
      `expected one made at run time, got one of the code: take it out of jobs/schedules.ts and deploy, or pause it`,
    );
  });

/** Enqueue one run of a schedule's job with its input, now, whatever its rule and its pause say. */
export const triggerSchedule = async (desk: ScheduleDesk, name: string, key?: string): Promise<Enqueued> => {
  const row = await findSchedule(desk, name);
  const job = desk.registry.jobs.get(row.job);
  if (!job) throw new DefinitionError("job", `expected a job that this code has, got "${row.job}"`);
  const input = row.input === undefined ? undefined : JSON.parse(row.input);
  const options = { tags: [`schedule:${name}`], ...(key !== undefined && { key }) };
  return only(await enqueueMany(desk.ports, [{ job, input, options }]));
};

export interface Backfill {
  readonly from: Date;
  readonly until: Date;
  readonly most?: number;
}

export interface Backfilled {
  readonly instants: readonly number[];
  /** Where to go on, when there were more than the most. */
  readonly nextAt: number | undefined;
}

const defaultMost = 1_000;

/**
 * Run what was due in a range of the past. An occurrence that ran keeps its run: only what is missing is made.
 * @throws DefinitionError when the range is not one of the past.
 */
export const backfillSchedule = async (
  desk: ScheduleDesk,
  name: string,
  range: Backfill,
): Promise<Backfilled> => {
  const { ports } = desk;
  const now = ports.clock.now();
  const [from, until, most] = [range.from.getTime(), range.until.getTime(), range.most ?? defaultMost];
  if (!(from < until) || until > now) {
    throw new DefinitionError(
      "until",
      `expected an instant after from and not to come, got ${String(range.until)}`,
    );
  }
  const row = await findSchedule(desk, name);
  const rule = ruleFor(desk, row);
  const found = instants(rule, firstAt(rule, from), until - 1, most + 1);
  const due = found.slice(0, most);
  const runs = due.map((at) =>
    newRun({
      job: row.job,
      key: occurrenceKey(name, at),
      lane: row.lane,
      input: row.input,
      due: at,
      now,
      schedule: name,
    }),
  );
  const unsent = await createAndSend(ports, runs, now);
  if (unsent.size > 0)
    ports.log.warn("backfilled runs not sent: the sweeper will", { schedule: name, count: unsent.size });
  const at = due[0];
  const entry = {
    schedule: name,
    by: "operator" as const,
    toldAt: now,
    fired: [...due],
    caughtUp: due.length,
    skipped: [],
  };
  if (at !== undefined) await ports.schedules.record([{ ...entry, at }]);
  return { instants: due, nextAt: found[most] };
};
