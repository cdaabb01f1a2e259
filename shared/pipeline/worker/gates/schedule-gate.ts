import type { Rule } from "../../../core/rules/rule.ts";
import { ruleOf } from "../../../core/rules/stored-rule.ts";
import { lostLeasesOf, type RunFields, type Running } from "../../../core/runs/run.ts";
import {
  formerJobsAt,
  jobChangeReason,
  mayHaveRun,
  takenReason,
} from "../../../core/schedules/former-job.ts";
import { skippedByWorker } from "../../../core/schedules/ledger-entry.ts";
import { instantOf, occurrenceRunId } from "../../../core/schedules/occurrence.ts";
import { isDueAt, misfireAfterMs } from "../../../core/schedules/plan.ts";
import type { ScheduleRow } from "../../../core/schedules/schedule-row.ts";
import type { Batch } from "../batch.ts";
import { type EarlyEnd, earlyEnd, type Gate } from "./gate.ts";

/** An edit, pause or deletion reaches occurrences that were sent before it, until one of their attempts has failed. */
export const schedule: Gate = async ({ batch, run, schedule: read }) => {
  const name = run.schedule;
  const isUntried = run.generation === 1 && run.failedAttempts === 0;
  if (name === undefined || !isUntried) return undefined;
  const row = await read();
  if (!row) return unknownSchedule(batch, run, name);
  const now = batch.ports.clock.now();
  const reason = skipReason(batch, run, row, now);
  if (reason?.facts?.jobChanged && (await hasBeenPassedOver(batch, run, row))) return undefined;
  return reason === undefined ? await yieldToFormerJob(batch, run, row) : skip(run, name, now, reason);
};

interface SkipReason {
  readonly reason: string;
  readonly facts?: RunFields;
}

const skip = (run: Running, name: string, now: number, { reason, facts }: SkipReason): EarlyEnd => {
  if (lostLeasesOf(run) === 0)
    return earlyEnd({ kind: "cancelled", reason }, skippedByWorker(run, name, now, reason), facts);
  // Its handler may have run: the ledger keeps it as fired, so that a backfill does not run it a second time.
  return earlyEnd({ kind: "cancelled", reason: `${reason}; an earlier attempt may have started` });
};

const unreadableForMs = 60 * 60_000;
const lookAgainMs = 60_000;

/** Rows are never deleted: one that is missing may be of a newer version that this code cannot read. */
const unknownSchedule = ({ ports }: Batch, run: Running, name: string): EarlyEnd => {
  const now = ports.clock.now();
  if (now < run.dueAt + unreadableForMs) return earlyEnd({ kind: "deferred", at: now + lookAgainMs });
  return skip(run, name, now, { reason: `there is no schedule "${name}"` });
};

const skipReason = (
  { registry }: Batch,
  run: Running,
  row: ScheduleRow,
  now: number,
): SkipReason | undefined => {
  const { name, state, pausedUntil = Number.POSITIVE_INFINITY } = row;
  const instant = instantOf(run, name);
  if (state === "deleted") return { reason: `schedule "${name}" was deleted` };
  // For an instant that is still due there is another run, of the other job, and the ledger prefers that one.
  if (row.job !== run.job) return { reason: jobChangeReason(name, row.job), facts: { jobChanged: true } };
  if (state === "paused" && instant < pausedUntil)
    return { reason: `paused: ${row.pauseReason ?? "no reason given"}` };
  const rule = ruleOf(row, registry);
  if (rule && !isStillDue(rule, instant))
    return { reason: `schedule "${name}" was edited: it is not due then any more` };
  // What was sent ahead and found no worker: the dispatcher could not know, and this policy wants nothing late.
  const { catchUp, overlap } = row.policy;
  const mayHaveWaited = overlap === "buffer-one" || overlap === "cancel-running" || lostLeasesOf(run) > 0;
  const isPunctual = catchUp === "none" && run.createdAt <= instant && !mayHaveWaited;
  return isPunctual && now > run.dueAt + misfireAfterMs
    ? { reason: "missed: no worker ran it in time" }
    : undefined;
};

/**
 * After the change of the job, the schedule was planned again and past the instant, and the present job has no run for it:
 * the dispatcher saw this run claimed and left the instant to it. The run is executed, or the occurrence would be lost.
 */
const hasBeenPassedOver = async (
  { ports, registry }: Batch,
  run: Running,
  row: ScheduleRow,
): Promise<boolean> => {
  const instant = instantOf(run, row.name);
  const changedAt = row.formerJobs?.find(({ job }) => job === run.job)?.changedAt;
  const isPlannedAgain = changedAt !== undefined && instant >= changedAt;
  if (!isPlannedAgain || (row.nextFireAt !== undefined && row.nextFireAt <= instant)) return false;
  const rule = ruleOf(row, registry);
  if (!rule || !isStillDue(rule, instant)) return false;
  const id = occurrenceRunId(row.job, row.name, instant);
  return !(await ports.runs.read([id])).has(id);
};

const beingDecidedMs = 10_000;

/**
 * The schedule had another job when the instant was due, and has this one again. If a run of the other job has the instant,
 * this run is skipped. A claimed run may still be ended by this same gate, so this run waits until that is known.
 */
const yieldToFormerJob = async (
  { ports }: Batch,
  run: Running,
  row: ScheduleRow,
): Promise<EarlyEnd | undefined> => {
  const instant = instantOf(run, row.name);
  const ids = formerJobsAt(row, instant).map(({ job }) => occurrenceRunId(job, row.name, instant));
  if (ids.length === 0) return undefined;
  const other = [...(await ports.runs.read(ids)).values()].find(mayHaveRun);
  if (!other) return undefined;
  const now = ports.clock.now();
  return other.state === "running"
    ? earlyEnd({ kind: "deferred", at: now + beingDecidedMs })
    : skip(run, row.name, now, { reason: takenReason(row.name, other.job), facts: { jobChanged: true } });
};

/** A rule of the user's own that throws says nothing against the run. */
const isStillDue = (rule: Rule, instant: number): boolean => {
  try {
    return isDueAt(rule, instant);
  } catch {
    return true;
  }
};
