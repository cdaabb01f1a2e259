import { type Duration, durationMs } from "../duration.ts";
import { FatalError, RetryAfterError } from "../errors.ts";
import type { LaneName } from "../lane.ts";
import type { Redact } from "../redact.ts";
import { type Failure, failureOf } from "./failure.ts";
import { backoffMs, type RetryPolicy } from "./retry.ts";

/** How an attempt ended. */
export type Outcome =
  | { readonly kind: "returned"; readonly result: unknown }
  | { readonly kind: "threw"; readonly error: unknown }
  | { readonly kind: "timed-out"; readonly afterMs: number }
  | { readonly kind: "cancelled"; readonly reason: string };

/** What becomes of the run. */
export type Verdict =
  | {
      readonly kind: "succeeded";
      readonly result: unknown;
      /** Why the result is not kept, when it cannot be. */
      readonly resultNote?: string;
    }
  | { readonly kind: "retry"; readonly at: number; readonly error: Failure }
  | { readonly kind: "dead"; readonly reason: string; readonly error?: Failure }
  | { readonly kind: "cancelled" | "expired"; readonly reason: string }
  /** Deferred before its handler started: the attempt is given back. */
  | {
      readonly kind: "deferred";
      readonly at: number;
      /** Count it in the row, so that a run that is deferred again and again is treated differently. */
      readonly isCounted?: boolean;
      /** The lane that the run moves to. It is parked, since its message is in another lane. */
      readonly lane?: LaneName;
      /** Claimed again by the same worker, when the rest of its batch is through. */
      readonly isToRunAlone?: boolean;
    };

export interface RetryContext {
  readonly retry: RetryPolicy;
  /** Attempts that failed before this one, since the run was new or redriven. */
  readonly failed: number;
  readonly now: number;
  /** From 0 up to, not including, 1. */
  readonly random: number;
  /** Replaces secrets in what is kept of an error. Default: what looks like one. */
  readonly redact?: Redact | undefined;
}

/** What an attempt's outcome means for its run. The heart of the worker: everything else carries this out. */
export const decide = (outcome: Outcome, circumstances: RetryContext): Verdict => {
  switch (outcome.kind) {
    case "returned":
      return { kind: "succeeded", result: outcome.result };
    case "timed-out":
      return tryAgain(timeoutFailure(outcome.afterMs), circumstances);
    case "cancelled":
      return { kind: "cancelled", reason: outcome.reason };
    case "threw":
      return decideError(outcome.error, circumstances);
  }
};

const decideError = (thrown: unknown, circumstances: RetryContext): Verdict => {
  const error = failureOf(thrown, circumstances.redact);
  if (thrown instanceof FatalError) return { kind: "dead", reason: error.message, error };
  if (thrown instanceof RetryAfterError) return tryAgain(error, circumstances, thrown.at.getTime());
  try {
    return applyOnError(circumstances.retry.onError?.(thrown) ?? "retry", error, circumstances);
  } catch (fault) {
    const message = `${error.message} (and retry.onError failed: ${failureOf(fault, circumstances.redact).message})`;
    return tryAgain({ name: error.name, message }, circumstances);
  }
};

/** What the job's own policy says of its error. */
const applyOnError = (
  wish: "retry" | "dead" | Duration,
  error: Failure,
  circumstances: RetryContext,
): Verdict => {
  if (wish === "dead")
    return { kind: "dead", reason: `retry.onError gave up on ${error.name}: ${error.message}`, error };
  if (wish === "retry") return tryAgain(error, circumstances);
  return tryAgain(error, circumstances, circumstances.now + durationMs(wish, "retry.onError"));
};

const tryAgain = (error: Failure, { retry, failed, now, random }: RetryContext, at?: number): Verdict => {
  const tries = failed + 1;
  if (tries >= retry.attempts) {
    const reason = `attempt ${tries} of ${retry.attempts} failed with ${error.name}: ${error.message}`;
    return { kind: "dead", reason, error };
  }
  return { kind: "retry", at: Math.max(now, at ?? now + backoffMs(retry, tries, random)), error };
};

/** What is kept of an attempt whose time was up, in milliseconds. */
export const timeoutFailure = (afterMs: number): Failure => ({
  name: "TimeoutError",
  message: `the attempt took longer than its ${afterMs} ms`,
});
