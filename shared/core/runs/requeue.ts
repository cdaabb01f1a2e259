import { timerKeyOf } from "../shard.ts";
import { type Change, farTtl, heldBy, reasonLength, unclaimedSince, waiting } from "./change.ts";
import { truncate } from "./failure.ts";
import type { Run, RunFields, RunIn, Running } from "./run.ts";

/** Ask the worker that holds a run to abort it. */
export const requestCancel = (run: Running, reason: string): Change => ({
  id: run.id,
  when: heldBy(run),
  set: { cancelRequested: truncate(reason, reasonLength) },
});

/** Move a run that no worker holds to another instant: it is parked until then, and an early message waits. */
export const reschedule = (run: Run, at: number): Change => ({
  id: run.id,
  when: unclaimedSince(run),
  set: { ...waiting(run, at, "park"), dueAt: at, ...expiryAfter(run, at) },
});

/** A run expires so long after it is due. */
const expiryAfter = ({ dueAt, expiresAt }: Run, at: number): RunFields =>
  expiresAt === undefined ? {} : { expiresAt: at + Math.max(0, expiresAt - dueAt) };

const checkAfterMs = 5 * 60_000;

/** A run that had ended waits again. Its message is sent after this write, so the sweeper watches it. */
const queuedAgain = ({ id }: Run, now: number): RunFields => ({
  state: "queued",
  availableAt: now,
  resendCount: 0,
  ttl: farTtl,
  timerKey: timerKeyOf("sweep", id),
  timerAt: now + checkAfterMs,
});

/**
 * Queue a skipped occurrence again, as the next generation, so that messages still in flight for it are stale.
 */
export const requeue = (run: Run, now: number): Change => ({
  id: run.id,
  when: { state: "cancelled", generation: run.generation, claimCount: run.claimCount },
  set: {
    ...queuedAgain(run, now),
    generation: run.generation + 1,
    claimCountAtStart: run.claimCount,
    failedAttempts: 0,
    skippedBySchedule: false,
  },
});

/**
 * An operator wants a dead run to be tried again: it is queued as the generation that its death has opened. Refused
 * when it was retried or redriven meanwhile.
 */
export const retryDead = (run: RunIn<"dead">, now: number): Change => ({
  id: run.id,
  when: { state: "dead", generation: run.generation, claimCount: run.claimCount },
  set: { ...queuedAgain(run, now), ...expiryAfter(run, now) },
  drop: "deadKey",
});

const resendAfterMs = 5 * 60_000;

/**
 * Make a run that waits claimable now. Its message is sent after this write: one that was parked stays in the timer index
 * for the sweeper, and of any other the hidden message becomes visible again.
 */
export const bringForward = (run: Run, now: number): Change => ({
  id: run.id,
  when: unclaimedSince(run),
  set: {
    availableAt: now,
    ...(run.state === "parked" && { state: "queued" }),
    ...(run.timerKey !== undefined && {
      timerKey: timerKeyOf("sweep", run.id),
      timerAt: now + resendAfterMs,
    }),
  },
});
