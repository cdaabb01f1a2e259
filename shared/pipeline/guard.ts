import type { Verdict } from "../core/decide.ts";
import type { Job } from "../core/job.ts";
import { closingMs } from "../core/lane.ts";
import { isDueAt } from "../core/occurrence.ts";
import { crashBudget, crashesOf, type Running } from "../core/run.ts";
import type { Batch } from "./batch.ts";

/** What stands between a claim and its handler. */
export type Guarded =
  | { readonly kind: "go"; readonly job: Job; readonly budgetMs: number }
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  /** Its worker was killed before: it runs when nobody can be killed with it. */
  | { readonly kind: "again" };

export const guard = async (
  batch: Batch,
  job: Job | undefined,
  run: Running,
  isAlone: boolean,
): Promise<Guarded> => {
  if (!job) return { kind: "verdict", verdict: dead(`this deployment has no job "${run.job}"`) };
  const expired = tooLate(batch, run);
  if (expired) return { kind: "verdict", verdict: expired };
  const crashes = crashesOf(run);
  if (crashes > 0) batch.count({ crashed: 1 });
  if (crashes >= crashBudget) {
    return { kind: "verdict", verdict: dead(`its worker was killed ${crashes} times while it ran`) };
  }
  if (crashes > 0 && !isAlone) return { kind: "again" };
  const stopped = await scheduleStops(batch, run);
  if (stopped) return { kind: "verdict", verdict: stopped };
  return withTime(batch, job);
};

const dead = (reason: string): Verdict => ({ kind: "dead", reason });

const tooLate = ({ ports }: Batch, run: Running): Verdict | undefined => {
  const hasStarted = run.attempt > 1;
  if (hasStarted || run.expiresAt === undefined || ports.clock.now() <= run.expiresAt) return undefined;
  return { kind: "expired", reason: `no attempt had started by ${new Date(run.expiresAt).toISOString()}` };
};

/** An edit, pause or deletion reaches occurrences that were sent before it. */
const scheduleStops = async (batch: Batch, run: Running): Promise<Verdict | undefined> => {
  if (run.schedule === undefined) return undefined;
  const { row } = await batch.schedule(run.schedule);
  const cancelled = (reason: string): Verdict => ({
    kind: "cancelled",
    reason: `schedule "${run.schedule}" ${reason}`,
  });
  if (!row || row.state === "deleted") return cancelled("was deleted");
  if (row.state === "paused") return cancelled("is paused");
  const rule = batch.registry.schedules.get(run.schedule)?.rule;
  return rule && !isDueAt(rule, run.due) ? cancelled("was changed: it is not due then any more") : undefined;
};

/** A job that cannot have its time in this invocation keeps its attempt for the next one. */
const withTime = (batch: Batch, job: Job): Guarded => {
  const now = batch.ports.clock.now();
  const left = batch.deadlineAt - closingMs - now;
  const slackMs = 2_000;
  if (left + slackMs < job.timeoutMs)
    return { kind: "verdict", verdict: { kind: "deferred", at: now + 1_000 } };
  return { kind: "go", job, budgetMs: Math.min(job.timeoutMs, left) };
};
