import { describe, expect, test } from "@jest/globals";
import { DefinitionError } from "../../../shared/core/errors.ts";
import { at, every, type Rule } from "../../../shared/core/rules/rule.ts";
import {
  instants,
  isDueAt,
  maxFiresPerPlan,
  misfireAfterMs,
  plan,
  possiblyDispatched,
} from "../../../shared/core/schedules/plan.ts";
import { schedulePolicy } from "../../../shared/core/schedules/policy.ts";
import type { CatchUp, PolicyOptions } from "../../../shared/core/schedules/policy-options.ts";
import { now } from "../runs/any-run.ts";
import { hour, minute, on, second } from "./dispatching.ts";
import { missed, planAt, plansAt, row } from "./planning.ts";

const hourly = every("1 hour");
const noon = now + 12 * hour;

const tooOld = (from: number, to: number, count: number) => ({
  from,
  to,
  count,
  reason: "missed: too long ago to catch up",
});
const tooSoon = (from: number, to = from, count = 1) => ({
  from,
  to,
  count,
  reason: "too soon after the last",
});

describe("a plan", () => {
  test("contains the instants due within the look-ahead, and the next one", () => {
    expect(planAt(every("1 minute"), {}, now, now)).toEqual({
      fire: [now, now + minute, now + 2 * minute],
      caughtUp: 0,
      skipped: [],
      nextFireAt: now + 3 * minute,
      lastFiredAt: now + 2 * minute,
    });
  });

  test("is empty when nothing is due", () => {
    const nothing = { fire: [], caughtUp: 0, skipped: [] };
    expect(planAt(hourly, {}, now + hour, now)).toEqual({ ...nothing, nextFireAt: now + hour });
    expect(planAt(hourly, {}, undefined, now)).toEqual(nothing);
    const fired = plan(row({}, now + hour, now), hourly, { now, until: now });
    expect(fired).toEqual({ ...nothing, nextFireAt: now + hour, lastFiredAt: now });
  });

  test("has no next instant after the last", () => {
    const once = at(new Date(now));
    expect(planAt(once, {}, now, now)).toEqual({ fire: [now], caughtUp: 0, skipped: [], lastFiredAt: now });
    expect(planAt(once, { catchUp: "none" }, now, noon)).toEqual({
      fire: [],
      caughtUp: 0,
      skipped: [missed(now, now, 1)],
    });
  });

  test("of the same row at the same time is the same plan", () => {
    expect(planAt(hourly, {}, now, noon)).toEqual(planAt(hourly, {}, now, noon));
  });

  test("has at most 100 instants, and leaves the rest to the next", () => {
    const plans = plansAt(every("1 second"), {}, now, now);
    expect(plans.map(({ fire }) => fire.length)).toEqual([100, 21]);
    expect(plans[0]).toMatchObject({ nextFireAt: now + 100 * second, lastFiredAt: now + 99 * second });
  });

  test.each<[string, Rule["next"]]>([
    ["never advances", (after) => after],
    ["goes back", (after) => new Date(after.getTime() - 1)],
    ["is lost", () => new Date(Number.NaN)],
  ])("is refused by name when its rule %s", (_, next) => {
    const planned = () => planAt({ text: "odd", next }, { catchUp: "all" }, now, now);
    expect(planned).toThrow(DefinitionError);
    expect(planned).toThrow(/^rule "odd": expected an instant after /);
  });
});

describe("after twelve hours without a tick, a schedule", () => {
  test.each<[CatchUp, readonly object[]]>([
    [
      "none",
      [
        { fire: [], caughtUp: 0, skipped: [missed(now, noon - hour, 12)], nextFireAt: noon },
        { fire: [noon], caughtUp: 0, skipped: [], nextFireAt: noon + hour, lastFiredAt: noon },
      ],
    ],
    [
      "latest",
      [
        { fire: [], caughtUp: 0, skipped: [missed(now, noon - 2 * hour, 11)], nextFireAt: noon - hour },
        { fire: [noon - hour, noon], caughtUp: 1, skipped: [], nextFireAt: noon + hour, lastFiredAt: noon },
      ],
    ],
    [
      "all",
      [
        {
          fire: instants(hourly, now, noon, 99),
          caughtUp: 12,
          skipped: [],
          nextFireAt: noon + hour,
          lastFiredAt: noon,
        },
      ],
    ],
  ])("skips first, by a plan of its own, what it does not catch up: %s", (catchUp, plans) => {
    expect(plansAt(hourly, { catchUp }, now, noon)).toEqual(plans);
  });

  test.each<[string, PolicyOptions, readonly object[], number]>([
    [
      "within its window",
      { catchUp: "all", catchUpWindow: "3 hours" },
      [tooOld(now, noon - 4 * hour, 9)],
      noon - 3 * hour,
    ],
    [
      "at most so many",
      { catchUp: "all", catchUpLimit: 5 },
      [missed(now, noon - 6 * hour, 7)],
      noon - 5 * hour,
    ],
    [
      "both, the window being the shorter",
      { catchUp: "all", catchUpLimit: 5, catchUpWindow: "2 hours" },
      [tooOld(now, noon - 3 * hour, 10)],
      noon - 2 * hour,
    ],
    [
      "both, the number being the smaller",
      { catchUp: "all", catchUpLimit: 2, catchUpWindow: "5 hours" },
      [tooOld(now, noon - 6 * hour, 7), missed(noon - 5 * hour, noon - 3 * hour, 3)],
      noon - 2 * hour,
    ],
    [
      "the latest if it lies in the window",
      { catchUp: "latest", catchUpWindow: "2 hours" },
      [tooOld(now, noon - 3 * hour, 10), missed(noon - 2 * hour, noon - 2 * hour, 1)],
      noon - hour,
    ],
    [
      "and not even the latest if it does not",
      { catchUp: "latest", catchUpWindow: "59 minutes" },
      [tooOld(now, noon - hour, 12)],
      noon,
    ],
    [
      "nothing in no time",
      { catchUp: "all", catchUpWindow: "0 seconds" },
      [tooOld(now, noon - hour, 12)],
      noon,
    ],
  ])("catches up %s", (_, options, skipped, nextFireAt) => {
    expect(planAt(hourly, options, now, noon)).toEqual({ fire: [], caughtUp: 0, skipped, nextFireAt });
  });
});

describe("an occurrence that is late", () => {
  test("is not missed at two minutes, and is from there on", () => {
    const lateBy = (ms: number) => planAt(hourly, { catchUp: "none" }, now, now + ms);
    expect(lateBy(misfireAfterMs)).toMatchObject({ fire: [now], caughtUp: 0, skipped: [] });
    expect(lateBy(misfireAfterMs + 1)).toMatchObject({ fire: [], skipped: [missed(now, now, 1)] });
  });

  test("is caught up without a skip when it is the only one", () => {
    expect(planAt(hourly, { catchUp: "latest" }, now, now + 30 * minute)).toMatchObject({
      fire: [now],
      caughtUp: 1,
      skipped: [],
      nextFireAt: now + hour,
    });
  });
});

describe("a plan with minInterval", () => {
  const options: PolicyOptions = { minInterval: "3 minutes" };
  const minutely = every("1 minute");

  test("skips what is due too soon after the last that ran", () => {
    expect(plan(row(options, now, now - minute), minutely, { now, until: now + 4 * minute })).toEqual({
      fire: [now + 2 * minute],
      caughtUp: 0,
      skipped: [tooSoon(now, now + minute, 2), tooSoon(now + 3 * minute, now + 4 * minute, 2)],
      nextFireAt: now + 5 * minute,
      lastFiredAt: now + 2 * minute,
    });
  });

  test("counts from the last instant that ran in an earlier plan", () => {
    const first = plan(row(options, now), minutely, { now, until: now + minute });
    expect(first).toMatchObject({ fire: [now], skipped: [tooSoon(now + minute)], lastFiredAt: now });
    const until = now + 3 * minute;
    const next = plan({ ...first, policy: schedulePolicy(options) }, minutely, { now, until });
    expect(next).toMatchObject({ fire: [until], skipped: [tooSoon(now + 2 * minute)], lastFiredAt: until });
  });

  test("keeps the interval during catch-up", () => {
    const plans = plansAt(hourly, { catchUp: "all", minInterval: "4 hours" }, now, noon);
    expect(plans).toHaveLength(1);
    expect(plans[0]).toMatchObject({ fire: [0, 4, 8, 12].map((h) => now + h * hour), caughtUp: 3 });
    expect(plans[0]?.skipped.map(({ count }) => count)).toEqual([3, 3, 3]);
  });
});

describe("an instant that a killed dispatcher sent already", () => {
  const ran = new Set([now, now + 2 * hour]);
  const planned = (catchUp: CatchUp, hours: number) => {
    const time = now + hours * hour;
    return plan(row({ catchUp }, now), hourly, { now: time, until: time, ran });
  };

  test("is recorded as fired, between skipped instants", () => {
    expect(planned("none", 3.5)).toEqual({
      fire: [now, now + 2 * hour],
      caughtUp: 2,
      nextFireAt: now + 4 * hour,
      lastFiredAt: now + 2 * hour,
      skipped: [missed(now + hour, now + hour, 1), missed(now + 3 * hour, now + 3 * hour, 1)],
    });
    expect(planned("latest", 3.5)).toEqual({
      fire: [now, now + 2 * hour],
      caughtUp: 2,
      nextFireAt: now + 3 * hour,
      lastFiredAt: now + 2 * hour,
      skipped: [missed(now + hour, now + hour, 1)],
    });
  });

  test("is searched among as many missed instants as one plan can have sent", () => {
    const windowAt = (time: number) => ({ now: time, until: time + misfireAfterMs });
    const suspects = (time: number) => possiblyDispatched(row({}, now), every("1 second"), windowAt(time));
    expect(suspects(now + misfireAfterMs)).toEqual([]);
    expect(suspects(now + misfireAfterMs + 1)).toEqual([now]);
    expect(suspects(now + hour)).toEqual(instants(every("1 second"), now, now + hour, maxFiresPerPlan));
    expect(possiblyDispatched(row({}, undefined), hourly, windowAt(noon))).toEqual([]);
  });
});

describe("isDueAt", () => {
  test("is true only when the rule has the instant", () => {
    const isDue = [now - 1, now, now + 1, now + hour].map((instant) => isDueAt(hourly, instant));
    expect(isDue).toEqual([false, true, false, true]);
    expect(isDueAt(on(), now)).toBe(false);
  });

  test("is true for every instant of a fixed-delay rule", () => {
    expect(isDueAt(every("90 seconds", { anchor: "fixed-delay" }), now + 7 * second)).toBe(true);
  });
});
