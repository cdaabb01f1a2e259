import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Duration } from "../../../shared/core/duration.ts";
import { FatalError, RetryAfterError } from "../../../shared/core/errors.ts";
import { decide, type Outcome, type RetryContext } from "../../../shared/core/runs/decide.ts";
import type { RetryPolicy } from "../../../shared/core/runs/retry.ts";
import { now } from "./any-run.ts";

const retry: RetryPolicy = { attempts: 3, baseMs: 1_000, capMs: 60_000 };
const first: RetryContext = { retry, failed: 0, now, random: 0.5 };
const last: RetryContext = { ...first, failed: 2 };

const threw = (error: unknown): Outcome => ({ kind: "threw", error });
const boom = { name: "Error", message: "boom" };
const onError = (decision: "retry" | "dead" | Duration, its = first): RetryContext => ({
  ...its,
  retry: { ...retry, onError: () => decision },
});

class PaymentDeclined extends FatalError {}

describe("an attempt's outcome", () => {
  test.each<[string, Outcome, RetryContext, unknown]>([
    ["returned", { kind: "returned", result: 7 }, last, { kind: "succeeded", result: 7 }],
    [
      "returned nothing",
      { kind: "returned", result: undefined },
      first,
      { kind: "succeeded", result: undefined },
    ],
    ["threw", threw(new Error("boom")), first, { kind: "retry", at: now + 500, error: boom }],
    [
      "threw for the second time",
      threw(new Error("boom")),
      { ...first, failed: 1 },
      { kind: "retry", at: now + 1_000, error: boom },
    ],
    [
      "threw at the last attempt",
      threw(new Error("boom")),
      last,
      { kind: "dead", reason: "attempt 3 of 3 failed with Error: boom", error: boom },
    ],
    [
      "took too long",
      { kind: "timed-out", afterMs: 30_000 },
      first,
      {
        kind: "retry",
        at: now + 500,
        error: { name: "TimeoutError", message: "the attempt took longer than its 30000 ms" },
      },
    ],
    [
      "took too long at the last attempt",
      { kind: "timed-out", afterMs: 10 },
      last,
      {
        kind: "dead",
        reason: "attempt 3 of 3 failed with TimeoutError: the attempt took longer than its 10 ms",
        error: { name: "TimeoutError", message: "the attempt took longer than its 10 ms" },
      },
    ],
    [
      "was cancelled",
      { kind: "cancelled", reason: "no money" },
      first,
      { kind: "cancelled", reason: "no money" },
    ],
    [
      "was cancelled at the last attempt",
      { kind: "cancelled", reason: "" },
      last,
      { kind: "cancelled", reason: "" },
    ],
    [
      "threw a FatalError",
      threw(new FatalError("no such user")),
      first,
      { kind: "dead", reason: "no such user", error: { name: "FatalError", message: "no such user" } },
    ],
    [
      "threw a FatalError of the job's own, whatever onError would say",
      threw(new PaymentDeclined("declined")),
      onError("retry"),
      { kind: "dead", reason: "declined", error: { name: "FatalError", message: "declined" } },
    ],
    [
      "asked for an instant",
      threw(new RetryAfterError(new Date(now + 90_000), "busy")),
      first,
      { kind: "retry", at: now + 90_000, error: { name: "RetryAfterError", message: "busy" } },
    ],
    [
      "asked for an instant that is over",
      threw(new RetryAfterError(new Date(now - 90_000), "busy")),
      first,
      { kind: "retry", at: now, error: { name: "RetryAfterError", message: "busy" } },
    ],
    [
      "asked for an instant at the last attempt",
      threw(new RetryAfterError(new Date(now + 90_000), "busy")),
      last,
      {
        kind: "dead",
        reason: "attempt 3 of 3 failed with RetryAfterError: busy",
        error: { name: "RetryAfterError", message: "busy" },
      },
    ],
    [
      "threw what onError retries",
      threw(new Error("boom")),
      onError("retry"),
      { kind: "retry", at: now + 500, error: boom },
    ],
    [
      "threw what onError gives up on",
      threw(new Error("boom")),
      onError("dead"),
      { kind: "dead", reason: "retry.onError gave up on Error: boom", error: boom },
    ],
    [
      "threw what onError puts off",
      threw(new Error("boom")),
      onError("10 minutes"),
      { kind: "retry", at: now + 600_000, error: boom },
    ],
    [
      "threw at the last attempt what onError puts off",
      threw(new Error("boom")),
      onError("10 minutes", last),
      { kind: "dead", reason: "attempt 3 of 3 failed with Error: boom", error: boom },
    ],
  ])("%s", (_, outcome, circumstances, verdict) => {
    expect(decide(outcome, circumstances)).toEqual(verdict);
  });

  test("passes the thrown error to onError", () => {
    const seen: unknown[] = [];
    const thrown = { code: 42 };
    decide(threw(thrown), {
      ...first,
      retry: {
        ...retry,
        onError: (error) => {
          seen.push(error);
          return "retry";
        },
      },
    });
    expect(seen).toEqual([thrown]);
    expect(seen[0]).toBe(thrown);
  });

  test("is a normal retry with a reason when onError throws", () => {
    const onError = () => {
      throw new TypeError("cannot read code of undefined");
    };
    expect(decide(threw(new Error("boom")), { ...first, retry: { ...retry, onError } })).toEqual({
      kind: "retry",
      at: now + 500,
      error: { name: "Error", message: "boom (and retry.onError failed: cannot read code of undefined)" },
    });
  });

  test("is a normal retry with a reason when onError returns no duration", () => {
    expect(decide(threw(new Error("boom")), onError("5 mins" as Duration))).toEqual({
      kind: "retry",
      at: now + 500,
      error: {
        name: "Error",
        message:
          'boom (and retry.onError failed: retry.onError: expected a duration such as "30 seconds" or "1 hour", got "5 mins")',
      },
    });
  });
});

describe("decide, for any error and retry options", () => {
  const anyRetry = fc
    .record({
      attempts: fc.integer({ min: 1, max: 100 }),
      baseMs: fc.nat(100_000),
      capMs: fc.nat(3_155_760_000_000),
      onError: fc.constantFrom<RetryPolicy["onError"]>(
        () => "retry",
        () => "dead",
        () => "1 week",
        () => "never" as Duration,
        (error) => {
          throw error;
        },
      ),
    })
    .map(({ onError, ...policy }): RetryPolicy => ({ ...policy, ...(onError && { onError }) }));
  const anyCircumstances = fc.record({
    retry: anyRetry,
    failed: fc.nat(120),
    now: fc.nat(2 * now),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  const anyThrown = fc.oneof(
    fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
    fc.string().map((message) => new Error(message)),
    fc.string().map((message) => new FatalError(message)),
    fc.date({ noInvalidDate: true }).map((at) => new RetryAfterError(at)),
  );
  const anyOutcome = fc.oneof(
    anyThrown.map(threw),
    fc.nat().map((afterMs): Outcome => ({ kind: "timed-out", afterMs })),
    fc.anything().map((result): Outcome => ({ kind: "returned", result })),
  );

  test("is never a retry when no attempts are left", () => {
    fc.assert(
      fc.property(anyOutcome, anyCircumstances, (outcome, circumstances) => {
        fc.pre(circumstances.failed + 1 >= circumstances.retry.attempts);
        expect(decide(outcome, circumstances).kind).not.toBe("retry");
      }),
    );
  });

  test("retries at a whole future millisecond that a Date can hold", () => {
    fc.assert(
      fc.property(anyOutcome, anyCircumstances, (outcome, circumstances) => {
        const verdict = decide(outcome, circumstances);
        fc.pre(verdict.kind === "retry");
        expect(verdict.at).toBeGreaterThanOrEqual(circumstances.now);
        expect(new Date(verdict.at).getTime()).toBe(verdict.at);
      }),
    );
  });

  test("is dead after a FatalError, and a dead outcome always has a reason", () => {
    fc.assert(
      fc.property(fc.string(), anyCircumstances, (message, circumstances) => {
        const verdict = decide(threw(new FatalError(message)), circumstances);
        expect(verdict).toMatchObject({ kind: "dead", error: { name: "FatalError" } });
      }),
    );
  });

  test("waits at most the backoff's ceiling when no instant was chosen", () => {
    fc.assert(
      fc.property(anyCircumstances, ({ retry: { attempts, baseMs, capMs }, ...rest }) => {
        fc.pre(rest.failed + 1 < attempts);
        const verdict = decide(threw("no"), { ...rest, retry: { attempts, baseMs, capMs } });
        const ceiling = Math.min(capMs, baseMs * 2 ** rest.failed);
        expect(verdict).toMatchObject({ kind: "retry" });
        if (verdict.kind === "retry") expect(verdict.at - rest.now).toBeLessThanOrEqual(ceiling);
      }),
    );
  });
});
