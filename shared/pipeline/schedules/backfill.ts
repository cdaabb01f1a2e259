import { durationText } from "../../core/duration.ts";
import { DefinitionError } from "../../core/errors.ts";
import type { Rule } from "../../core/rules/rule.ts";
import type { Change } from "../../core/runs/change.ts";
import { newRun } from "../../core/runs/new-run.ts";
import { requeue } from "../../core/runs/requeue.ts";
import type { Run } from "../../core/runs/run.ts";
import { type LedgerEntry, ledgerRetentionMs } from "../../core/schedules/ledger-entry.ts";
import { occurrenceKey } from "../../core/schedules/occurrence.ts";
import { firstAt, instants, misfireAfterMs } from "../../core/schedules/plan.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Changed, Ports } from "../../ports/index.ts";
import type { PipelineContext } from "../context.ts";
import { createAndSend } from "../runs/create-and-send.ts";
import { sendRuns } from "../runs/send-runs.ts";
import { findSchedule, jobFor, laneFor, ruleFor } from "./change-row.ts";
import { findOccurrenceRuns } from "./find-occurrence-runs.ts";
import { reaching } from "./ledger.ts";
import { caughtUpEntry } from "./ledger-entries.ts";

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
  readonly nextFireAt: number | undefined;
}

const defaultMost = 1_000;

/** Rows and ledger entries say what ran. They expire after 30 days, and are not relied on during the last one. */
const rememberedMs = ledgerRetentionMs - 86_400_000;

/**
 * Run what was due in a range of the past. An occurrence that ran keeps its run: what is missing is made, and what its
 * schedule let go, as in a pause, runs after all.
 * @throws DefinitionError when the range is not one of the past, or the schedule is one that cannot be backfilled.
 */
export const backfillSchedule = async (
  context: PipelineContext,
  name: string,
  range: Backfill,
): Promise<Backfilled> => {
  const { ledger, clock } = context.ports;
  const now = clock.now();
  checkRange(range, now);
  const row = await findSchedule(context, name);
  const rule = ruleFor(context, row);
  checkSchedule(context, row, rule);
  const most = range.most ?? defaultMost;
  const [from, until] = [range.from.getTime(), range.until.getTime()];
  const found = instants(rule, firstAt(rule, from), until - 1, most + 1);
  const entries = await reaching(ledger, name, { from, until });
  const { made, late, failed, kept } = await makeMissing(context, row, found.slice(0, most), entries);
  await ledger.record([
    ...made.map(({ at, generation }) => caughtUpEntry(row, at, { generation, recordedAt: now })),
    ...late,
  ]);
  return { made: made.map(({ at }) => at), kept, failed, nextFireAt: found[most] };
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
  if (from.getTime() < now - rememberedMs) {
    throw new DefinitionError("from", {
      expected: `an instant after ${new Date(now - rememberedMs).toISOString()}`,
      got: from.toISOString(),
      remedy: `choose a later one: what ran is known for ${durationText(rememberedMs)}, and what is older would run again; to run it all the same, trigger the schedule`,
    });
  }
};

/** A worker lets the runs of a paused schedule go. */
const checkSchedule = (
  context: PipelineContext,
  { name, state, job }: ScheduleRow,
  { text, isFixedDelay }: Rule,
): void => {
  if (state === "paused") {
    throw new DefinitionError(
      `schedule "${name}"`,
      "expected one that is active, got one that is paused; resume it first, or trigger it",
    );
  }
  if (isFixedDelay) {
    throw new DefinitionError(
      `schedule "${name}"`,
      {
        expected: "a rule whose times can be computed afterwards",
        got: `"${text}"`,
        remedy: "trigger it instead",
      },
      "not-recomputable",
    );
  }
  jobFor(context, job);
};

/** An instant and the generation of the run that a backfill has given it. */
interface MadeRun {
  readonly at: number;
  readonly generation: number;
}

interface Made extends Pick<Backfilled, "kept" | "failed"> {
  readonly made: readonly MadeRun[];
  /** What was made late before: perhaps by a backfill that was killed before it could say so. */
  readonly late: readonly LedgerEntry[];
}

const makeMissing = async (
  { ports, registry }: PipelineContext,
  row: ScheduleRow,
  due: readonly number[],
  entries: readonly LedgerEntry[],
): Promise<Made> => {
  const there = await findOccurrenceRuns(ports, row, due);
  const stopped = new Set(entries.flatMap(({ recordedBy, at }) => (recordedBy === "worker" ? [at] : [])));
  // Fired and not there: it ran as another job, before an edit, unless its worker let it go.
  const fired = new Set(entries.flatMap((entry) => entry.fired).filter((at) => !stopped.has(at)));
  const taken = await takenByOtherJobs(ports, row, { due, entries });
  const missing = due.filter((at) => !there.has(at) && !fired.has(at) && !taken.has(at));
  const skipped = due.filter((at) => wasSkipped(there.get(at)) && !taken.has(at));
  const lane = laneFor(row, registry);
  const made = [
    ...(await makeRuns(ports, { ...row, lane }, missing)),
    ...(await requeueRuns(ports, skipped, there)),
  ].sort((a, b) => a.at - b.at);
  const told = new Set(entries.flatMap(({ recordedBy, fired }) => (recordedBy === "operator" ? fired : [])));
  const untold = due.filter((at) => !told.has(at));
  const late = untold.flatMap((at) => {
    const run = there.get(at);
    const wasMade = run && run.createdAt > at + misfireAfterMs;
    const wasRevived = run && stopped.has(at) && run.generation > 1;
    return wasMade || wasRevived
      ? [caughtUpEntry(row, at, { generation: run.generation, recordedAt: ports.clock.now() })]
      : [];
  });
  const wanted = missing.length + skipped.length;
  return { made, late, kept: due.length - wanted, failed: wanted - made.length };
};

/**
 * Instants that have a run of another job that the schedule had, which may have been backfilled as that job. What an
 * edit skipped is not taken.
 */
const takenByOtherJobs = async (
  ports: Ports,
  row: ScheduleRow,
  { due, entries }: { readonly due: readonly number[]; readonly entries: readonly LedgerEntry[] },
): Promise<ReadonlySet<number>> => {
  const named = [...entries, ...(row.formerJobs ?? [])].flatMap(({ job }) => job ?? []);
  const others = [...new Set(named)].filter((job) => job !== row.job);
  const runs = await Promise.all(
    others.map((job) => findOccurrenceRuns(ports, { name: row.name, job }, due)),
  );
  const taken = runs.flatMap((some) => [...some].filter(([, run]) => !wasSkipped(run)));
  return new Set(taken.map(([at]) => at));
};

const wasSkipped = (run: Run | undefined): boolean =>
  run?.state === "cancelled" && run.skippedBySchedule === true;

const makeRuns = async (
  ports: Ports,
  { name, job, lane, input }: ScheduleRow,
  missing: readonly number[],
): Promise<readonly MadeRun[]> => {
  const now = ports.clock.now();
  const runs = missing.map((at) => ({
    at,
    run: newRun({ job, key: occurrenceKey(name, at), lane, input, dueAt: at, now, schedule: name }),
  }));
  const unsent = await createAndSend(
    ports,
    runs.map(({ run }) => run),
    { isPaced: false },
  );
  // A run whose message no queue has is made all the same: the sweeper sends it.
  const unsentThere = await ports.runs.read([...unsent]);
  return runs
    .filter(({ run: { id } }) => !unsent.has(id) || unsentThere.has(id))
    .map(({ at, run }) => ({ at, generation: run.generation }));
};

/** A refusal by a row that waits since this very instant as the next generation is a lost reply to a write of ours. */
const isRevived = ({ set }: Change, answer: Changed | undefined): boolean => {
  if (!answer || answer.changed) return answer?.changed === true;
  return (
    answer.now?.state === "queued" &&
    answer.now.generation === set.generation &&
    answer.now.availableAt === set.availableAt
  );
};

const requeueRuns = async (
  ports: Ports,
  instants: readonly number[],
  there: ReadonlyMap<number, Run>,
): Promise<readonly MadeRun[]> => {
  const now = ports.clock.now();
  const wanted = instants.flatMap((at) => {
    const run = there.get(at);
    return run ? [{ at, generation: run.generation + 1, change: requeue(run, now) }] : [];
  });
  const changed = await ports.runs.change(wanted.map(({ change }) => change));
  const revived = wanted.filter(({ change }, i) => isRevived(change, changed[i]));
  const rows = await ports.runs.read(revived.map(({ change: { id } }) => id));
  // What no queue takes is the sweeper's.
  await sendRuns(ports, [...rows.values()], { isPaced: false });
  return revived.map(({ at, generation }) => ({ at, generation }));
};
