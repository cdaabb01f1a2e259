import { bytesOf, jsonText } from "../json.ts";
import { deadKeyOf, deadSortOf, dueKeyOf } from "../shard.ts";
import type { Verdict } from "./decide.ts";
import { cut, type Failure, failureOf, fingerprintOf } from "./failure.ts";
import { inlineBytes, mostPayloadBytes } from "./input.ts";
import {
  hasRecordedStart,
  keepMs,
  never,
  type Run,
  type RunField,
  type RunFields,
  type RunIn,
  type Running,
  runSchema,
} from "./run.ts";

/**
 * One conditional write: if every attribute in `when` still has that value (undefined: is absent), set and drop.
 * At most one attribute is dropped, since no two emulators agree on how to write two.
 */
export interface Change {
  readonly id: string;
  readonly when: { readonly [K in RunField]?: RunFields[K] | undefined };
  readonly set: RunFields;
  readonly drop?: RunField;
}

/** The row as it is after a change that took effect on it. */
export const rowAfter = (run: Run, { set, drop }: Change): Run => {
  const row: Record<string, unknown> = { ...run, ...set };
  if (drop) delete row[drop];
  return runSchema.parse(row);
};

/** Whether a row is as a change left it: a refused change was ours, then, and its first reply was lost. */
export const isWritten = (row: Run | undefined, { set, drop }: Change): boolean => {
  if (!row) return false;
  const stored: Readonly<Record<string, unknown>> = row;
  const isSet = Object.entries(set).every(([field, value]) => isSame(stored[field], value));
  return isSet && (drop === undefined || stored[drop] === undefined);
};

/** Stored values are JSON; a store gives the fields of an object back in an order of its own. */
const isSame = (a: unknown, b: unknown): boolean => {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
  const entries = Object.entries(b);
  const isAsLong = Object.keys(a).length === entries.length;
  return isAsLong && entries.every(([key, value]) => isSame(Reflect.get(a, key), value));
};

/** Where a run waits until its next attempt: hidden in its queue, or parked in the table. */
export type Wait = "hide" | "park";

/** The write that records what became of an attempt. Only the holder of the token can make it. */
export const settle = (run: Running, verdict: Verdict, now: number, wait: Wait): Change => ({
  id: run.id,
  when: { token: run.token, state: "running" },
  ...withoutCrash(run, (settled) => outcome(settled, verdict, now, wait)),
});

type Writes = Pick<Change, "set" | "drop">;

/** An attempt that has an outcome was no crash: what its recorded start counted in advance is taken back. */
const withoutCrash = (run: Running, write: (run: Running) => Writes): Writes => {
  if (!hasRecordedStart(run)) return write(run);
  const takenBack = { crashes: (run.crashes ?? 1) - 1, recordedStart: 0 };
  const { set, ...rest } = write({ ...run, ...takenBack });
  return { set: { ...takenBack, ...set }, ...rest };
};

const outcome = (run: Running, verdict: Verdict, now: number, wait: Wait): Writes => {
  switch (verdict.kind) {
    case "succeeded":
      return {
        set: {
          state: "succeeded",
          ...endedAt(now),
          ...resultFields(verdict.result),
          ...(verdict.resultNote !== undefined && { resultNote: verdict.resultNote }),
        },
        drop: "dueKey",
      };
    case "retry":
      return {
        set: {
          ...waiting(run, verdict.at, wait),
          failed: run.failed + 1,
          error: verdict.error,
          ...(run.deferrals && { deferrals: 0 }),
        },
      };
    case "deferred":
      return {
        set: {
          ...waiting(run, verdict.at, wait, "queued"),
          attempt: run.attempt - 1,
          ...(verdict.isCounted && { deferrals: (run.deferrals ?? 0) + 1 }),
          ...(verdict.lane !== undefined && { lane: verdict.lane }),
        },
      };
    case "dead":
      return { set: death(run, verdict.reason, now, verdict.error), drop: "dueKey" };
    case "cancelled":
    case "expired":
      return { set: { state: verdict.kind, reason: verdict.reason, ...endedAt(now) }, drop: "dueKey" };
  }
};

const endedAt = (now: number) => ({ free: never, endedAt: now, ttl: ttlAt(now) });

/** The year 3000, in seconds: a row that lives again must not be deleted for its former end. */
export const farTtl = 32_503_680_000;

/** TTL is in seconds, and for clean-up only. */
export const ttlAt = (now: number): number => Math.floor((now + keepMs) / 1_000);

const waiting = (run: Run, at: number, wait: Wait, hidden: "retry" | "queued" = "retry"): RunFields =>
  wait === "park"
    ? { state: "parked", free: at, resends: 0, dueKey: dueKeyOf("park", run.id), dueAt: at }
    : { state: hidden, free: at, resends: 0 };

const reasonLength = 400;

/** A death opens the next generation, so that a redrive, by us or by SQS itself, is let in once. */
const death = (run: Run, reason: string, now: number, error?: Failure): RunFields => ({
  state: "dead",
  gen: run.gen + 1,
  free: 0,
  base: run.attempt,
  failed: 0,
  resends: 0,
  ...(run.crashes !== undefined && { crashesAtStart: run.crashes }),
  ...(run.deferrals && { deferrals: 0 }),
  reason: cut(reason, reasonLength),
  diedAt: now,
  endedAt: now,
  ttl: ttlAt(now),
  // The wish was about this life: a redriven run is wanted.
  ...(run.cancelAsked !== undefined && { cancelAsked: "" }),
  deadKey: deadKeyOf(run.job, run.id),
  deadSort: deadSortOf(fingerprintOf(error ?? { name: "Dead", message: reason }), now),
  ...(error && { error }),
});

const resultFields = (result: unknown): RunFields => {
  const text = resultText(result);
  if (text === undefined) return {};
  if (typeof text !== "string") return { resultNote: text.note };
  return bytesOf(text) <= inlineBytes ? { result: text } : { resultStored: true };
};

/** A result as JSON text, or why it cannot be kept. */
export const resultText = (result: unknown): string | undefined | { readonly note: string } => {
  try {
    const text = jsonText(result);
    if (text === undefined || bytesOf(text) <= mostPayloadBytes) return text;
    return { note: `a result of ${bytesOf(text)} bytes was not kept: ${mostPayloadBytes} is the most` };
  } catch (error) {
    return { note: `the result was not kept: JSON cannot say it (${failureOf(error).message})` };
  }
};

/**
 * Count a crash in advance, before the handler of a run whose lease was lost before. The outcome of the attempt takes
 * it back; if there is none, the worker was killed while the handler ran.
 */
export const recordStart = (run: Running): Change => ({
  id: run.id,
  when: { token: run.token, state: "running" },
  set: { crashes: (run.crashes ?? 0) + 1, recordedStart: run.attempt },
});

/** Keep a run for longer than its claim asked for. */
export const extendLease = (run: Running, until: number): Change => ({
  id: run.id,
  when: { token: run.token, state: "running" },
  set: { free: until },
});

/** Tell the worker that holds a run to abort it. */
export const askToCancel = (run: Running, reason: string): Change => ({
  id: run.id,
  when: { state: "running", token: run.token },
  set: { cancelAsked: cut(reason, reasonLength) },
});

/** Put a run under the sweeper's eye until it ends. */
export const enrol = (run: Run, at: number): Change => ({
  id: run.id,
  when: { state: run.state, gen: run.gen, dueKey: undefined },
  set: { dueKey: dueKeyOf("sweep", run.id), dueAt: at },
});

/** Look at an entry of the due index again later. Refused if anybody moved it meanwhile. */
export const push = (run: Run, at: number, more: RunFields = {}): Change => ({
  id: run.id,
  when: { state: run.state, dueKey: run.dueKey, dueAt: run.dueAt },
  set: { dueKey: dueKeyOf("sweep", run.id), dueAt: at, ...more },
});

/** A parked run whose message is on its way: the sweeper's from now on. */
export const unpark = (run: Run, at: number): Change =>
  push(run, at, run.state === "parked" ? { state: "queued" } : {});

/**
 * End a run that no worker holds. A dead one is in the due index until its dead letter is sent; `leave` takes it out.
 * Refused when the run was claimed meanwhile: `free` moves with every claim.
 */
export const end = (
  run: Run,
  verdict: Extract<Verdict, { kind: "dead" | "expired" | "cancelled" }>,
  now: number,
): Change => ({
  id: run.id,
  when: { state: run.state, gen: run.gen, free: run.free, attempt: run.attempt },
  ...(verdict.kind === "dead"
    ? { set: { ...death(run, verdict.reason, now, verdict.error), ...watchedFrom(run, now) } }
    : { set: { state: verdict.kind, reason: verdict.reason, ...endedAt(now) }, drop: "dueKey" }),
});

/** An entry in the sweeper's list of the due index. One that is there already is not moved: that costs write units. */
const watchedFrom = (run: Run, at: number): RunFields =>
  run.dueKey === dueKeyOf("sweep", run.id) ? {} : { dueKey: dueKeyOf("sweep", run.id), dueAt: at };

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
    ...{
      state: "queued",
      gen: run.gen + 1,
      free: now,
      base: run.attempt,
      failed: 0,
      resends: 0,
      letGo: false,
      ttl: farTtl,
    },
    ...{ dueKey: dueKeyOf("sweep", run.id), dueAt: now + lookAfterMs },
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
    ...{ state: "queued", free: now, resends: 0, ttl: farTtl, ...expiryAfter(run, now) },
    ...{ dueKey: dueKeyOf("sweep", run.id), dueAt: now + lookAfterMs },
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

/** Out of the due index: the run has ended and its letter, if any, is sent. */
export const leave = (run: Run): Change => ({
  id: run.id,
  when: { state: run.state, gen: run.gen, dueKey: run.dueKey, dueAt: run.dueAt },
  set: {},
  drop: "dueKey",
});
