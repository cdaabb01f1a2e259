import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DefinitionError } from "../../../shared/core/errors.ts";
import {
  isSamePolicy,
  jitterOf,
  policySchema,
  type SchedulePolicy,
  schedulePolicy,
} from "../../../shared/core/schedules/policy.ts";
import { catchUps, overlaps, type PolicyOptions } from "../../../shared/core/schedules/policy-options.ts";
import { anyName, now } from "../runs/any-run.ts";
import { hour, minute, second } from "./dispatching.ts";

const usual: SchedulePolicy = {
  catchUp: "latest",
  catchUpWindowMs: 7 * 24 * hour,
  catchUpLimit: 1_000,
  overlap: "allow",
  jitterMs: 0,
};

const short = ["1 second", "90 seconds", "1.5 hours", "1 day"];
const anyDuration = fc.constantFrom(...short, "30 days");
const anyOptions = fc.record(
  {
    catchUp: fc.constantFrom(...catchUps),
    catchUpWindow: anyDuration,
    catchUpLimit: fc.integer({ min: 1, max: 10_000 }),
    overlap: fc.constantFrom(...overlaps),
    jitter: fc.constantFrom("0 seconds", ...short),
    pauseAfterDeaths: fc.integer({ min: 1, max: 100 }),
    minInterval: anyDuration,
  },
  { requiredKeys: [] },
);

describe("a schedule's policy", () => {
  test("catches up with the latest of a week and lets runs overlap, unless it says otherwise", () => {
    expect(schedulePolicy()).toEqual(usual);
    expect(schedulePolicy({})).toEqual(usual);
  });

  test("has the durations of its options in milliseconds", () => {
    const options: PolicyOptions = {
      catchUp: "all",
      catchUpWindow: "1 day",
      catchUpLimit: 10_000,
      overlap: "buffer-one",
      jitter: "30 seconds",
      pauseAfterDeaths: 3,
      minInterval: "5 minutes",
    };
    expect(schedulePolicy(options)).toEqual({
      catchUp: "all",
      catchUpWindowMs: 24 * hour,
      catchUpLimit: 10_000,
      overlap: "buffer-one",
      jitterMs: 30_000,
      pauseAfterDeaths: 3,
      minIntervalMs: 5 * minute,
    });
  });

  test("can always be stored and read again", () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const policy = schedulePolicy(options as PolicyOptions);
        expect(policySchema.parse(JSON.parse(JSON.stringify(policy)))).toEqual(policy);
      }),
    );
  });

  test.each<[keyof PolicyOptions, readonly unknown[], string]>([
    ["catchUp", ["some", "", 1, {}], 'expected one of none, latest, all, got "some"'],
    [
      "overlap",
      ["queue", "Allow", false],
      'expected one of allow, skip, buffer-one, cancel-running, cancel-new, got "queue"',
    ],
    [
      "catchUpLimit",
      [0, -1, 1.5, 10_001, Number.NaN, Number.POSITIVE_INFINITY, "7"],
      "expected a whole number from 1 to 10000, got 0",
    ],
    ["pauseAfterDeaths", [0, -1, 2.5, 101, "3", null], "expected a whole number from 1 to 100, got 0"],
    ["catchUpWindow", ["soon", "-1 day", 7, "1 fortnight"], 'expected a duration such as "30 seconds" or '],
    ["jitter", ["soon", null, "5 m"], 'expected a duration such as "30 seconds" or "1 hour", got "soon"'],
    ["jitter", ["500 milliseconds"], 'expected at least "1 second", got "500 milliseconds"'],
    [
      "jitter",
      ["25 hours", "30 days", "86401 seconds"],
      'expected at most "1 day", got "25 hours"; choose a shorter one',
    ],
    [
      "minInterval",
      ["0 seconds", "999 milliseconds", "often"],
      'expected at least "1 second", got "0 seconds"',
    ],
  ])("is refused by name when its %s is none", (field, bad, first) => {
    const refusals = bad.map((value) => refusalOf({ [field]: value }));
    expect(refusals.map((refusal) => refusal?.field)).toEqual(bad.map(() => field));
    expect(refusals[0]?.message).toContain(`${field}: ${first}`);
    const long = refusalOf({ [field]: "x".repeat(1_000_000) });
    expect(long?.message.length).toBeLessThan(200);
  });

  const refusalOf = (options: object): DefinitionError | undefined => {
    try {
      schedulePolicy(options);
      return undefined;
    } catch (error) {
      return error instanceof DefinitionError ? error : undefined;
    }
  };

  test("equals another policy with the same values in another order", () => {
    fc.assert(
      fc.property(anyOptions, anyOptions, (a, b) => {
        const [one, other] = [schedulePolicy(a as PolicyOptions), schedulePolicy(b as PolicyOptions)];
        const reversed = Object.fromEntries(Object.entries(one).reverse());
        expect(isSamePolicy(one, policySchema.parse(reversed))).toBe(true);
        expect(isSamePolicy(one, other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});

describe("jitter", () => {
  const jittered = (jitterMs: number): SchedulePolicy => ({ ...usual, jitterMs });

  test("is always the same for one occurrence, in whole seconds, and never more than the policy says", () => {
    fc.assert(
      fc.property(anyName, fc.nat(2 * now), fc.nat(25 * hour), (name, instant, jitterMs) => {
        const ms = jitterOf(jittered(jitterMs), name, instant);
        expect(jitterOf(jittered(jitterMs), name, instant)).toBe(ms);
        expect(ms % second).toBe(0);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(jitterMs);
      }),
    );
  });

  test.each([0, 1, 999])("of %i ms is none", (jitterMs) => {
    expect(jitterOf(jittered(jitterMs), "nightly", now)).toBe(0);
  });

  test("of one occurrence never changes between releases", () => {
    const policy = jittered(5 * minute);
    expect([0, 1, 2].map((h) => jitterOf(policy, "nightly", now + h * hour))).toEqual([
      235_000, 160_000, 295_000,
    ]);
  });

  /** How often each amount came, over what may vary. */
  const spread = (jitterMs: number, one: (i: number) => readonly [string, number]): readonly number[] => {
    const counts = Array.from({ length: jitterMs / second + 1 }, () => 0);
    const policy = jittered(jitterMs);
    for (let i = 0; i < counts.length * 200; i++) {
      const at = jitterOf(policy, ...one(i)) / second;
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return counts;
  };

  test.each([1, 30, 63, 299])("of up to %i seconds spreads schedules and occurrences evenly", (seconds) => {
    const schedules = spread(seconds * second, (i) => [`report-${i}`, now]);
    const hours = spread(seconds * second, (i) => ["nightly", now + i * hour]);
    const everySecond = spread(seconds * second, (i) => ["nightly", now + i * second]);
    for (const counts of [schedules, hours, everySecond]) {
      expect(Math.min(...counts)).toBeGreaterThan(100);
      expect(Math.max(...counts)).toBeLessThan(300);
    }
  });
});
