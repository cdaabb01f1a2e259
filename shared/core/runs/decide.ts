import { type Duration, durationMs } from "../duration.ts";
import { isFatalError, isRetryAfterError } from "../errors.ts";
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

/** The outcome that is written for the run. */
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

/** What an attempt's outcome means for its run. Everything else in the worker carries this out. */
export const decide = (outcome: Outcome, context: RetryContext): Verdict => {
  switch (outcome.kind) {
    case "returned":
      return { kind: "succeeded", result: outcome.result };
    case "timed-out":
      return tryAgain(timeoutFailure(outcome.afterMs), context);
    case "cancelled":
      return { kind: "cancelled", reason: outcome.reason };
    case "threw":
      return decideError(outcome.error, context);
  }
};

const decideError = (thrown: unknown, context: RetryContext): Verdict => {
  const error = failureOf(thrown, context.redact);
  if (isFatalError(thrown)) return { kind: "dead", reason: error.message, error };
  if (isRetryAfterError(thrown)) return tryAgain(error, context, thrown.at.getTime());
  try {
    return applyOnError(context.retry.onError?.(thrown) ?? "retry", error, context);
  } catch (hookError) {
    const message = `${error.message} (and retry.onError failed: ${failureOf(hookError, context.redact).message})`;
    return tryAgain({ name: error.name, message }, context);
  }
};

/** Apply what the job's own policy decides about its error. */
const applyOnError = (
  decision: "retry" | "dead" | Duration,
  error: Failure,
  context: RetryContext,
): Verdict => {
  if (decision === "dead")
    return { kind: "dead", reason: `retry.onError gave up on ${error.name}: ${error.message}`, error };
  if (decision === "retry") return tryAgain(error, context);
  return tryAgain(error, context, context.now + durationMs(decision, "retry.onError"));
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
