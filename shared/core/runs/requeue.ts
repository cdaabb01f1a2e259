import { dueKeyOf } from "../shard.ts";
import { type Change, farTtl, reasonLength, waiting } from "./change.ts";
import { cut } from "./failure.ts";
import type { Run, RunFields, RunIn, Running } from "./run.ts";

/** Tell the worker that holds a run to abort it. */
export const askToCancel = (run: Running, reason: string): Change => ({
  id: run.id,
  when: { state: "running", token: run.token },
  set: { cancelAsked: cut(reason, reasonLength) },
});

/** Another instant for a run that nobody holds: it is parked until then, and a message that comes early waits. */
export const retime = (run: Run, at: number): Change => ({
  id: run.id,
  when: { state: run.state, gen: run.gen, free: run.free, attempt: run.attempt },
  set: { ...waiting(run, at, "park"), due: at, ...expiryAfter(run, at) },
});

/** A run expires so long after it is due. */
const expiryAfter = ({ due, expiresAt }: Run, at: number): RunFields =>
  expiresAt === undefined ? {} : { expiresAt: at + Math.max(0, expiresAt - due) };

const lookAfterMs = 5 * 60_000;

/**
 * An occurrence that was let go is wanted after all: it waits again, as the next generation, so that what is still on
 * its way for it is stale. Its message is sent after this write, hence the sweeper's eye.
 */
export const revive = (run: Run, now: number): Change => ({
  id: run.id,
  when: { state: "cancelled", gen: run.gen, attempt: run.attempt },
  set: {
    state: "queued",
    gen: run.gen + 1,
    free: now,
    base: run.attempt,
    failed: 0,
    resends: 0,
    letGo: false,
    ttl: farTtl,
    dueKey: dueKeyOf("sweep", run.id),
    dueAt: now + lookAfterMs,
  },
});

/**
 * An operator wants a dead run to be tried again: it is queued as the generation that its death has opened. Its message
 * is sent after this write, so the sweeper watches it from now on. Refused when it was retried or redriven meanwhile.
 */
export const retryDead = (run: RunIn<"dead">, now: number): Change => ({
  id: run.id,
  when: { state: "dead", gen: run.gen, attempt: run.attempt },
  set: {
    state: "queued",
    free: now,
    resends: 0,
    ttl: farTtl,
    ...expiryAfter(run, now),
    dueKey: dueKeyOf("sweep", run.id),
    dueAt: now + lookAfterMs,
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
  when: { state: run.state, gen: run.gen, free: run.free, attempt: run.attempt },
  set: {
    free: now,
    ...(run.state === "parked" && { state: "queued" }),
    ...(run.dueKey !== undefined && { dueKey: dueKeyOf("sweep", run.id), dueAt: now + resendAfterMs }),
  },
});
