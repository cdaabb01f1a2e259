import type { Verdict } from "../core/decide.ts";
import { durationText } from "../core/duration.ts";
import { type Job, longestTimeoutMs } from "../core/job.ts";
import { closingMs } from "../core/lane.ts";
import { instantOf, ruleOf, type ScheduleRow } from "../core/occurrence.ts";
import { isDueAt, misfireAfterMs } from "../core/plan.ts";
import type { Rule } from "../core/rule.ts";
import { crashBudget, crashesOf, type Running } from "../core/run.ts";
import type { Batch } from "./batch.ts";
import { takeTurn } from "./overlap.ts";
import { letGo, type Stop } from "./stop.ts";

/** What stands between a claim and its handler. */
export type Guarded =
  | {
      readonly kind: "go";
      readonly job: Job;
      readonly budgetMs: number;
      readonly schedule: ScheduleRow | undefined;
    }
  | ({ readonly kind: "verdict" } & Stop)
  /** Its worker was killed before: it runs when nobody can be killed with it. */
  | { readonly kind: "again" };

export const guard = async (
  batch: Batch,
  job: Job | undefined,
  run: Running,
  isAlone: boolean,
): Promise<Guarded> => {
  const crashes = crashesOf(run);
  if (crashes > 0) batch.count({ crashed: 1 });
  const over = tooLate(batch, run) ?? cancelled(run) ?? worn(crashes);
  if (over) return ended({ verdict: over });
  const schedule = run.schedule === undefined ? undefined : (await batch.schedule(run.schedule)).row;
  const stopped = run.schedule === undefined ? undefined : scheduleStops(batch, run, run.schedule, schedule);
  if (stopped) return ended(stopped);
  if (!job) return ended({ verdict: dead(`this deployment has no job "${run.job}"`) });
  const unfit = tooLong(batch, job);
  if (unfit) return ended({ verdict: unfit });
  if (crashes > 0 && !isAlone) return { kind: "again" };
  const yields = schedule && (await takeTurn(batch.ports, run, schedule));
  return yields ? ended(yields) : withTime(batch, job, schedule);
};

const ended = (stop: Stop): Guarded => ({ kind: "verdict", ...stop });

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

/** An edit, pause or deletion reaches occurrences that were sent before it, until one of their attempts has failed. */
const scheduleStops = (
  batch: Batch,
  run: Running,
  name: string,
  row: ScheduleRow | undefined,
): Stop | undefined => {
  const isUntried = run.gen === 1 && run.failed === 0;
  if (!isUntried) return undefined;
  if (!row) return unknown(batch, run, name);
  const now = batch.ports.clock.now();
  const reason = whyNot(batch, run, row, now);
  return reason === undefined ? undefined : letGo(run, name, now, reason);
};

const patienceMs = 60 * 60_000;
const lookAgainMs = 60_000;

/** Rows are never taken away: one that is not there is perhaps only not to be read by this code, being newer. */
const unknown = ({ ports }: Batch, run: Running, name: string): Stop => {
  const now = ports.clock.now();
  if (now < run.due + patienceMs) return { verdict: { kind: "deferred", at: now + lookAgainMs } };
  return letGo(run, name, now, `there is no schedule "${name}"`);
};

const whyNot = ({ registry }: Batch, run: Running, row: ScheduleRow, now: number): string | undefined => {
  const { name, state, pausedUntil = Number.POSITIVE_INFINITY } = row;
  const instant = instantOf(run, name);
  if (state === "deleted") return `schedule "${name}" was deleted`;
  // For what is still due there is another run, of the other job: the ledger will believe that one.
  if (row.job !== run.job) return `schedule "${name}" was edited: it runs job "${row.job}" now`;
  if (state === "paused" && instant < pausedUntil) return `paused: ${row.pausedFor ?? "no reason given"}`;
  const rule = ruleOf(row, registry);
  if (rule && !isStillDue(rule, instant)) return `schedule "${name}" was edited: it is not due then any more`;
  // What was sent ahead and found no worker: the dispatcher could not know, and this policy wants nothing late.
  const { catchUp, overlap } = row.policy;
  const mayHaveWaited = overlap === "queue-one" || overlap === "cancel-running" || crashesOf(run) > 0;
  const isPunctual = catchUp === "none" && run.createdAt <= instant && !mayHaveWaited;
  return isPunctual && now > run.due + misfireAfterMs ? "missed: nobody worked on it in time" : undefined;
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
  if (left + slackMs < job.timeoutMs) return ended({ verdict: { kind: "deferred", at: now + 1_000 } });
  return { kind: "go", job, budgetMs: Math.min(job.timeoutMs, left), schedule };
};
