import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Duration } from "../../../shared/core/duration.ts";
import { backoffMs, type RetryOptions, retryPolicy } from "../../../shared/core/runs/retry.ts";

describe("a retry policy", () => {
  test("has defaults", () => {
    expect(retryPolicy("retry")).toEqual({ attempts: 5, baseMs: 1_000, capMs: 3_600_000 });
  });

  test("is what the job says", () => {
    const onError = () => "retry" as const;
    expect(retryPolicy("retry", { attempts: 100, base: "2 seconds", cap: "2 seconds", onError })).toEqual({
      attempts: 100,
      baseMs: 2_000,
      capMs: 2_000,
      onError,
    });
  });

  test.each<[RetryOptions, string]>([
    [{ attempts: 0 }, "retry.attempts: expected a whole number from 1 to 100, got 0"],
    [{ attempts: 101 }, "retry.attempts: expected a whole number from 1 to 100, got 101"],
    [{ attempts: 1.5 }, "retry.attempts: expected a whole number from 1 to 100, got 1.5"],
    [{ attempts: Number.NaN }, "retry.attempts: expected a whole number from 1 to 100, got NaN"],
    [
      { base: "soon" as Duration },
      'retry.base: expected a duration such as "30 seconds" or "1 hour", got "soon"',
    ],
    [
      { cap: "late" as Duration },
      'retry.cap: expected a duration such as "30 seconds" or "1 hour", got "late"',
    ],
    [
      { base: "2 minutes", cap: "1 minute" },
      "retry.base: expected at most the cap (1 minute), got 2 minutes",
    ],
    [{ base: "2 hours" }, "retry.base: expected at most the cap (1 hour), got 2 hours"],
  ])("is refused when it is %j", (options, message) => {
    expect(() => retryPolicy("retry", options)).toThrow(message);
  });
});

describe("the wait before the next attempt", () => {
  const policy = retryPolicy("retry", { base: "1 second", cap: "1 minute" });
  const ceilings = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];

  test("has a ceiling that doubles up to the cap", () => {
    const almostOne = 1 - Number.EPSILON / 2;
    expect(ceilings.map((_, i) => backoffMs(policy, i + 1, almostOne) + 1)).toEqual(ceilings);
  });

  test("is spread evenly from nothing up to its ceiling: full jitter", () => {
    const tenths = [0, 0.1, 0.2, 0.5, 0.9];
    expect(tenths.map((random) => backoffMs(policy, 3, random))).toEqual([0, 400, 800, 2_000, 3_600]);
  });

  test("stays within its bounds in whole milliseconds, for any policy and any attempt", () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const lengths = fc.tuple(fc.nat(3_155_760_000_000), fc.nat(3_155_760_000_000));
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 100 }), random, ([a, b], failed, dice) => {
        const [baseMs, capMs] = [Math.min(a, b), Math.max(a, b)];
        const wait = backoffMs({ attempts: 100, baseMs, capMs }, failed, dice);
        expect(Number.isSafeInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(Math.min(capMs, baseMs * 2 ** (failed - 1)));
      }),
    );
  });
});
