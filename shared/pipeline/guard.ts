import type { Verdict } from "../core/decide.ts";
import { durationText } from "../core/duration.ts";
import { type Job, longestTimeoutMs } from "../core/job.ts";
import { closingMs } from "../core/lane.ts";
import { instantOf, ruleOf, type ScheduleRow, skippedAtWork } from "../core/occurrence.ts";
import { isDueAt } from "../core/plan.ts";
import type { Rule } from "../core/rule.ts";
import { crashBudget, crashesOf, type Running } from "../core/run.ts";
import type { Batch } from "./batch.ts";
import { takeTurn } from "./overlap.ts";

/** What stands between a claim and its handler. */
export type Guarded =
  | {
      readonly kind: "go";
      readonly job: Job;
      readonly budgetMs: number;
      readonly schedule: ScheduleRow | undefined;
    }
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  /** Its worker was killed before: it runs when nobody can be killed with it. */
  | { readonly kind: "again" };

export const guard = async (
  batch: Batch,
  job: Job | undefined,
  run: Running,
  isAlone: boolean,
): Promise<Guarded> => {
  if (!job) return ended(dead(`this deployment has no job "${run.job}"`));
  const crashes = crashesOf(run);
  if (crashes > 0) batch.count({ crashed: 1 });
  const unwanted = tooLong(batch, job) ?? tooLate(batch, run) ?? cancelled(run) ?? worn(crashes);
  if (unwanted) return ended(unwanted);
  if (crashes > 0 && !isAlone) return { kind: "again" };
  const { row: schedule } =
    run.schedule === undefined ? { row: undefined } : await batch.schedule(run.schedule);
  const stopped =
    run.schedule === undefined ? undefined : await scheduleStops(batch, run, run.schedule, schedule);
  return stopped ? ended(stopped) : withTime(batch, job, schedule);
};

const ended = (verdict: Verdict): Guarded => ({ kind: "verdict", verdict });

const dead = (reason: string): Verdict => ({ kind: "dead", reason });

/** A sender chose the lane, or a deploy gave the job more time since: no invocation of this lane is long enough. */
const tooLong = ({ lane }: Batch, { name, timeoutMs }: Job): Verdict | undefined =>
  timeoutMs <= longestTimeoutMs(lane)
    ? undefined
    : dead(
        `job "${name}" asks for ${durationText(timeoutMs)} and lane ${lane} gives ${durationText(longestTimeoutMs(lane))}: send it to a lane with more`,
      );

const tooLate = ({ ports }: Batch, run: Running): Verdict | undefined => {
  const hasStarted = run.attempt > 1;
  if (hasStarted || run.expiresAt === undefined || ports.clock.now() <= run.expiresAt) return undefined;
  return { kind: "expired", reason: `no attempt had started by ${new Date(run.expiresAt).toISOString()}` };
};

/** It was asked for while a worker held it that did not live to hear it. */
const cancelled = ({ cancelAsked }: Running): Verdict | undefined =>
  !cancelAsked ? undefined : { kind: "cancelled", reason: cancelAsked };

const worn = (crashes: number): Verdict | undefined =>
  crashes >= crashBudget ? dead(`its worker was killed ${crashes} times while it ran`) : undefined;

/** An edit, pause or deletion reaches occurrences that were sent before it, and overlap is known only now. */
const scheduleStops = async (
  batch: Batch,
  run: Running,
  name: string,
  row: ScheduleRow | undefined,
): Promise<Verdict | undefined> => {
  const reason = isFirst(run) ? whyNot(batch, run, name, row) : undefined;
  if (!row) return isFirst(run) ? gone(name) : undefined;
  if (reason === undefined) return await takeTurn(batch.ports, run, row);
  await batch.ports.schedules.record([
    skippedAtWork(name, instantOf(run, name), batch.ports.clock.now(), reason),
  ]);
  return { kind: "cancelled", reason };
};

/** What has started, or was redriven, is not the schedule's to stop any more. */
const isFirst = ({ attempt, gen }: Running): boolean => attempt === 1 && gen === 1;

const gone = (name: string): Verdict => ({ kind: "cancelled", reason: `there is no schedule "${name}"` });

const whyNot = (
  { registry }: Batch,
  run: Running,
  name: string,
  row: ScheduleRow | undefined,
): string | undefined => {
  if (!row || row.state === "deleted") return `schedule "${name}" was deleted`;
  if (row.state === "paused") return `paused: ${row.pausedFor ?? "no reason given"}`;
  if (row.job !== run.job) return `schedule "${name}" was edited: it runs job "${row.job}" now`;
  const rule = ruleOf(row, registry);
  return rule && !isStillDue(rule, instantOf(run, name))
    ? `schedule "${name}" was edited: it is not due then any more`
    : undefined;
};

/** A rule of the user's own that throws says nothing against the run. */
const isStillDue = (rule: Rule, instant: number): boolean => {
  try {
    return isDueAt(rule, instant);
  } catch {
    return true;
  }
};

/** A job that cannot have its time in this invocation keeps its attempt for the next one. */
const withTime = (batch: Batch, job: Job, schedule: ScheduleRow | undefined): Guarded => {
  const now = batch.ports.clock.now();
  const left = batch.deadlineAt - closingMs - now;
  const slackMs = 2_000;
  if (left + slackMs < job.timeoutMs) return ended({ kind: "deferred", at: now + 1_000 });
  return { kind: "go", job, budgetMs: Math.min(job.timeoutMs, left), schedule };
};
