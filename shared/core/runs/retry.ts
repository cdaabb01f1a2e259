import { type Duration, durationMs, durationText } from "../duration.ts";
import { DefinitionError } from "../errors.ts";

/** How a job wants to be tried again. */
export interface RetryOptions {
  /** Tries in all, the first included. Default 5. */
  readonly attempts?: number;
  /** The ceiling of the first wait; it doubles with each attempt. Default `"1 second"`. */
  readonly base?: Duration;
  /** The ceiling of every wait. Default `"1 hour"`. */
  readonly cap?: Duration;
  /** What an error of this job means, if not another try: `"dead"` ends the run, a duration is the wait. */
  readonly onError?: (error: unknown) => "retry" | "dead" | Duration;
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
  readonly onError?: (error: unknown) => "retry" | "dead" | Duration;
}

const maxAttempts = 100;

/** @throws DefinitionError naming the field that is out of range. */
export const retryPolicy = (field: string, options: RetryOptions = {}): RetryPolicy => {
  const attempts = options.attempts ?? 5;
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > maxAttempts) {
    throw new DefinitionError(`${field}.attempts`, {
      expected: `a whole number from 1 to ${maxAttempts}`,
      got: String(attempts),
    });
  }
  const baseMs = durationMs(options.base ?? "1 second", `${field}.base`);
  const capMs = durationMs(options.cap ?? "1 hour", `${field}.cap`);
  if (baseMs > capMs) {
    throw new DefinitionError(`${field}.base`, {
      expected: `at most the cap (${durationText(capMs)})`,
      got: durationText(baseMs),
    });
  }
  return { attempts, baseMs, capMs, ...(options.onError && { onError: options.onError }) };
};

/**
 * Milliseconds to wait after failed attempt number `failed` (1 is the first): exponential backoff with full jitter,
 * `random · min(cap, base · 2^(failed − 1))`, after "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 * @param random from 0 up to, not including, 1
 */
export const backoffMs = (policy: RetryPolicy, failed: number, random: number): number =>
  Math.floor(random * Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(failed - 1, 52)));
