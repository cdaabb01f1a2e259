import { timerKeyOf } from "../shard.ts";
import { type Change, farTtl, reasonLength, waiting } from "./change.ts";
import { truncate } from "./failure.ts";
import type { Run, RunFields, RunIn, Running } from "./run.ts";

/** Tell the worker that holds a run to abort it. */
export const requestCancel = (run: Running, reason: string): Change => ({
  id: run.id,
  when: { state: "running", token: run.token },
  set: { cancelRequested: truncate(reason, reasonLength) },
});

/** Another instant for a run that nobody holds: it is parked until then, and a message that comes early waits. */
export const reschedule = (run: Run, at: number): Change => ({
  id: run.id,
  when: {
    state: run.state,
    generation: run.generation,
    availableAt: run.availableAt,
    claimCount: run.claimCount,
  },
  set: { ...waiting(run, at, "park"), dueAt: at, ...expiryAfter(run, at) },
});

/** A run expires so long after it is due. */
const expiryAfter = ({ dueAt, expiresAt }: Run, at: number): RunFields =>
  expiresAt === undefined ? {} : { expiresAt: at + Math.max(0, expiresAt - dueAt) };

const lookAfterMs = 5 * 60_000;

/**
 * An occurrence that was let go is wanted after all: it waits again, as the next generation, so that what is still on
 * its way for it is stale. Its message is sent after this write, hence the sweeper's eye.
 */
export const requeue = (run: Run, now: number): Change => ({
  id: run.id,
  when: { state: "cancelled", generation: run.generation, claimCount: run.claimCount },
  set: {
    state: "queued",
    generation: run.generation + 1,
    availableAt: now,
    claimCountAtStart: run.claimCount,
    failedAttempts: 0,
    resendCount: 0,
    skippedBySchedule: false,
    ttl: farTtl,
    timerKey: timerKeyOf("sweep", run.id),
    timerAt: now + lookAfterMs,
  },
});

/**
 * An operator wants a dead run to be tried again: it is queued as the generation that its death has opened. Its message
 * is sent after this write, so the sweeper watches it from now on. Refused when it was retried or redriven meanwhile.
 */
export const retryDead = (run: RunIn<"dead">, now: number): Change => ({
  id: run.id,
  when: { state: "dead", generation: run.generation, claimCount: run.claimCount },
  set: {
    state: "queued",
    availableAt: now,
    resendCount: 0,
    ttl: farTtl,
    ...expiryAfter(run, now),
    timerKey: timerKeyOf("sweep", run.id),
    timerAt: now + lookAfterMs,
  },
  drop: "deadKey",
});

const resendAfterMs = 5 * 60_000;

/**
 * Make a run that waits claimable now. Its message is sent after this write: one that was parked stays in the due index
 * for the sweeper, and of any other the hidden message comes back by itself.
 */
export const bringForward = (run: Run, now: number): Change => ({
  id: run.id,
  when: {
    state: run.state,
    generation: run.generation,
    availableAt: run.availableAt,
    claimCount: run.claimCount,
  },
  set: {
    availableAt: now,
    ...(run.state === "parked" && { state: "queued" }),
    ...(run.timerKey !== undefined && {
      timerKey: timerKeyOf("sweep", run.id),
      timerAt: now + resendAfterMs,
    }),
  },
});
