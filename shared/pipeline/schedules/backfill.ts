import { durationText } from "../../core/duration.ts";
import { DefinitionError } from "../../core/errors.ts";
import type { Rule } from "../../core/rules/rule.ts";
import type { Change } from "../../core/runs/change.ts";
import { newRun } from "../../core/runs/new-run.ts";
import { requeue } from "../../core/runs/requeue.ts";
import { type Run, wasSkipped } from "../../core/runs/run.ts";
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
  /** Check at most this many instants, from the oldest on. */
  readonly limit?: number | undefined;
}

export interface Backfilled {
  /** Instants that had no run and have one now. */
  readonly made: readonly number[];
  /** How many had their run already, whatever its outcome. */
  readonly kept: number;
  /** How many could not be written. Backfill the same range again to create them. */
  readonly failed: number;
  /** Where to continue, when runs were more instants than `limit`. */
  readonly nextFireAt: number | undefined;
}

const defaultLimit = 1_000;

/** Rows and ledger entries record what ran. They expire after 30 days; the last of these days is a margin. */
const rememberedMs = ledgerRetentionMs - 86_400_000;

/**
 * Run what was due in a range of the past. An occurrence that ran keeps its run. A missing run is created, and a run that
 * its schedule skipped, as in a pause, is requeued.
 * @throws DefinitionError when the range is not in the past, or the schedule cannot be backfilled.
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
  const limit = range.limit ?? defaultLimit;
  const [from, until] = [range.from.getTime(), range.until.getTime()];
  const found = instants(rule, firstAt(rule, from), until - 1, limit + 1);
  const entries = await reaching(ledger, name, { from, until });
  const { made, unrecorded, failed, kept } = await createMissing(
    context,
    row,
    found.slice(0, limit),
    entries,
  );
  await ledger.record([
    ...made.map(({ at, generation }) => caughtUpEntry(row, at, { generation, recordedAt: now })),
    ...unrecorded,
  ]);
  return { made: made.map(({ at }) => at), kept, failed, nextFireAt: found[limit] };
};

const checkRange = ({ from, until }: Backfill, now: number): void => {
  if (until.getTime() > now) {
    throw new DefinitionError("until", {
      expected: "an instant that is over",
      got: until.toISOString(),
      remedy: "choose one up to now: later occurrences run automatically",
    });
  }
  if (from >= until) {
    throw new DefinitionError("from", {
      expected: `an instant before until, ${until.toISOString()}`,
      got: from.toISOString(),
      remedy: "choose an earlier one",
    });
  }
  if (from.getTime() < now - rememberedMs) {
    throw new DefinitionError("from", {
      expected: `an instant after ${new Date(now - rememberedMs).toISOString()}`,
      got: from.toISOString(),
      remedy: `choose a later one: what ran is known for ${durationText(rememberedMs)}, and what is older would run again; to run it all the same, trigger the schedule`,
    });
  }
};

/** A worker skips the runs of a paused schedule. */
const checkSchedule = (
  context: PipelineContext,
  { name, state, job }: ScheduleRow,
  { text, isFixedDelay }: Rule,
): void => {
  if (state === "paused") {
    throw new DefinitionError(`schedule "${name}"`, {
      expected: "one that is active",
      got: "one that is paused",
      remedy: "resume it first, or trigger it",
    });
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
  /** Entries of runs that were created unrecorded before, by a backfill that was killed before it recorded them. */
  readonly unrecorded: readonly LedgerEntry[];
}

const createMissing = async (
  { ports, registry }: PipelineContext,
  row: ScheduleRow,
  due: readonly number[],
  entries: readonly LedgerEntry[],
): Promise<Made> => {
  const runs = await findOccurrenceRuns(ports, row, due);
  const endedByWorker = new Set(
    entries.flatMap(({ recordedBy, at }) => (recordedBy === "worker" ? [at] : [])),
  );
  // Fired without a run of this job: it ran as another job, before an edit, unless its worker skipped it.
  const fired = new Set(entries.flatMap((entry) => entry.fired).filter((at) => !endedByWorker.has(at)));
  const taken = await takenByOtherJobs(ports, row, { due, entries });
  const missing = due.filter((at) => !runs.has(at) && !fired.has(at) && !taken.has(at));
  const skipped = due.filter((at) => {
    const run = runs.get(at);
    return run !== undefined && wasSkipped(run) && !taken.has(at);
  });
  const lane = laneFor(row, registry);
  const made = [
    ...(await makeRuns(ports, { ...row, lane }, missing)),
    ...(await requeueRuns(ports, skipped, runs)),
  ].sort((a, b) => a.at - b.at);
  const recorded = new Set(
    entries.flatMap(({ recordedBy, fired }) => (recordedBy === "operator" ? fired : [])),
  );
  const notRecorded = due.filter((at) => !recorded.has(at));
  const unrecorded = notRecorded.flatMap((at) => {
    const run = runs.get(at);
    const wasMade = run && run.createdAt > at + misfireAfterMs;
    const wasRequeued = run && endedByWorker.has(at) && run.generation > 1;
    return wasMade || wasRequeued
      ? [caughtUpEntry(row, at, { generation: run.generation, recordedAt: ports.clock.now() })]
      : [];
  });
  const wanted = missing.length + skipped.length;
  return { made, unrecorded, kept: due.length - wanted, failed: wanted - made.length };
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
  const runsOfOthers = await Promise.all(
    others.map((job) => findOccurrenceRuns(ports, { name: row.name, job }, due)),
  );
  const taken = runsOfOthers.flatMap((some) => [...some].filter(([, run]) => !wasSkipped(run)));
  return new Set(taken.map(([at]) => at));
};

const makeRuns = async (
  ports: Ports,
  { name, job, lane, input }: ScheduleRow,
  missing: readonly number[],
): Promise<readonly MadeRun[]> => {
  const now = ports.clock.now();
  const created = missing.map((at) => ({
    at,
    run: newRun({ job, key: occurrenceKey(name, at), lane, input, dueAt: at, now, schedule: name }),
  }));
  const unsent = await createAndSend(
    ports,
    created.map(({ run }) => run),
    { isPaced: false },
  );
  // A run whose message was not sent is created all the same: the sweeper sends it.
  const storedUnsent = await ports.runs.read([...unsent]);
  return created
    .filter(({ run: { id } }) => !unsent.has(id) || storedUnsent.has(id))
    .map(({ at, run }) => ({ at, generation: run.generation }));
};

/** A refusal by a row that has been waiting since this instant as the next generation is a lost reply to our own write. */
const isRequeued = ({ set }: Change, answer: Changed | undefined): boolean => {
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
  runs: ReadonlyMap<number, Run>,
): Promise<readonly MadeRun[]> => {
  const now = ports.clock.now();
  const wanted = instants.flatMap((at) => {
    const run = runs.get(at);
    return run ? [{ at, generation: run.generation + 1, change: requeue(run, now) }] : [];
  });
  const changed = await ports.runs.change(wanted.map(({ change }) => change));
  const requeued = wanted.filter(({ change }, i) => isRequeued(change, changed[i]));
  const rows = await ports.runs.read(requeued.map(({ change: { id } }) => id));
  // The sweeper sends what could not be sent.
  await sendRuns(ports, [...rows.values()], { isPaced: false });
  return requeued.map(({ at, generation }) => ({ at, generation }));
};
