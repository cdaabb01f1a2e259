import { bytesOf, jsonText } from "../json.ts";
import { deadKeyOf, deadSortOf } from "../shard.ts";
import { type Change, heldBy, reasonLength, ttlAt, unclaimedSince, type Wait, waiting } from "./change.ts";
import type { Verdict } from "./decide.ts";
import { type Failure, failureOf, fingerprintOf, truncate } from "./failure.ts";
import { inlineBytes, maxPayloadBytes } from "./input.ts";
import { allCrashesOf, farFuture, hasRecordedStart, type Run, type RunFields, type Running } from "./run.ts";
import { watchedFrom } from "./watch.ts";

/** The write that records the outcome of an attempt. Only the holder of the token can make it. */
export const settle = (run: Running, verdict: Verdict, now: number, wait: Wait): Change => ({
  id: run.id,
  when: heldBy(run),
  ...withoutCrash(run, (settled) => outcome(settled, verdict, now, wait)),
});

type Writes = Pick<Change, "set" | "drop">;

/** An attempt that has an outcome was no crash: what its recorded start counted in advance is taken back. */
const withoutCrash = (run: Running, write: (run: Running) => Writes): Writes => {
  if (!hasRecordedStart(run)) return write(run);
  const takenBack = { crashes: allCrashesOf(run), recordedStart: 0 };
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
        drop: "timerKey",
      };
    case "retry":
      return {
        set: {
          ...waiting(run, verdict.at, wait),
          failedAttempts: run.failedAttempts + 1,
          error: verdict.error,
          ...(run.deferrals && { deferrals: 0 }),
        },
      };
    case "deferred":
      return {
        set: {
          ...waiting(run, verdict.at, wait, "queued"),
          claimCount: run.claimCount - 1,
          ...(verdict.isCounted && { deferrals: (run.deferrals ?? 0) + 1 }),
          ...(verdict.lane !== undefined && { lane: verdict.lane }),
        },
      };
    case "dead":
      return { set: death(run, verdict.reason, now, verdict.error), drop: "timerKey" };
    case "cancelled":
    case "expired":
      return endWithReason(verdict, now);
  }
};

const endedAt = (now: number) => ({ availableAt: farFuture, endedAt: now, ttl: ttlAt(now) });

const endWithReason = (
  { kind, reason }: Extract<Verdict, { kind: "cancelled" | "expired" }>,
  now: number,
): Writes => ({ set: { state: kind, reason, ...endedAt(now) }, drop: "timerKey" });

/** A death opens the next generation, so that a redrive, by us or by SQS itself, is admitted once. */
const death = (run: Run, reason: string, now: number, error?: Failure): RunFields => ({
  state: "dead",
  generation: run.generation + 1,
  ...endedAt(now),
  availableAt: 0,
  claimCountAtStart: run.claimCount,
  failedAttempts: 0,
  resendCount: 0,
  ...(run.crashes !== undefined && { crashesAtStart: run.crashes }),
  ...(run.deferrals && { deferrals: 0 }),
  reason: truncate(reason, reasonLength),
  diedAt: now,
  // The request was about this generation: a redriven run is wanted.
  ...(run.cancelRequested !== undefined && { cancelRequested: "" }),
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
    if (text === undefined || bytesOf(text) <= maxPayloadBytes) return text;
    return { note: `a result of ${bytesOf(text)} bytes was not kept: ${maxPayloadBytes} is the most` };
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
  when: heldBy(run),
  set: { crashes: (run.crashes ?? 0) + 1, recordedStart: run.claimCount },
});

/** Keep a run for longer than its claim asked for. */
export const extendLease = (run: Running, until: number): Change => ({
  id: run.id,
  when: heldBy(run),
  set: { availableAt: until },
});

/**
 * End a run that no worker holds. A dead one is in the timer index until its dead letter is sent; `unwatch` removes it.
 * Refused when the run was claimed meanwhile: `availableAt` moves with every claim.
 */
export const end = (
  run: Run,
  verdict: Extract<Verdict, { kind: "dead" | "expired" | "cancelled" }>,
  now: number,
): Change => ({
  id: run.id,
  when: unclaimedSince(run),
  ...(verdict.kind === "dead"
    ? { set: { ...death(run, verdict.reason, now, verdict.error), ...watchedFrom(run, now) } }
    : endWithReason(verdict, now)),
});
