import { describe, expect, test } from "@jest/globals";
import { anyOf } from "../../../shared/core/rules/cron/combine.ts";
import { every, type Rule } from "../../../shared/core/rules/rule.ts";
import { misfireAfterMs, type Plan, plan, possiblyDispatched } from "../../../shared/core/schedules/plan.ts";
import { schedulePolicy } from "../../../shared/core/schedules/policy.ts";
import type { PolicyOptions } from "../../../shared/core/schedules/policy-options.ts";
import { now } from "../runs/any-run.ts";
import { hour, lookAhead, minute, on, second } from "./dispatching.ts";
import { missed, planAt, plansAt } from "./planning.ts";

describe("an outage of more instants than one plan counts", () => {
  const secondly = every("1 second");
  const end = now + 150_000 * second;
  /** What the outage made late: the last two minutes are not missed. */
  const lastMissed = end - misfireAfterMs - second;

  test.each<[PolicyOptions, number, number]>([
    [{ catchUp: "none" }, 5_000, lastMissed + second],
    [{ catchUp: "latest" }, 5_000, lastMissed],
    [{ catchUp: "all", catchUpLimit: 1_000 }, 5_000, lastMissed - 999 * second],
    [{ catchUp: "all", catchUpLimit: 10_000, catchUpWindow: "1 hour" }, 15_000, end - hour],
  ])("is skipped in several plans, and the newest instants still run: %j", (options, counted, kept) => {
    const plans = plansAt(secondly, options, now, end);
    expect(plans[0]).toMatchObject({ fire: [], nextFireAt: now + counted * second });
    expect(plans.flatMap(({ skipped }) => skipped).reduce((sum, { count }) => sum + count, 0)).toBe(
      (kept - now) / second,
    );
    const fired = plans.flatMap(({ fire }) => fire);
    expect([fired[0], fired.at(-1)]).toEqual([kept, end + lookAhead]);
  });

  test("checks only as many missed instants at once as delay no other schedule, and still ends where it should", () => {
    let asked = 0;
    const often: Rule = {
      text: "often",
      next: (after) => {
        asked++;
        return new Date(after.getTime() + second);
      },
    };
    const first = planAt(often, { catchUp: "latest" }, now, now + 3 * 24 * hour);
    expect(first).toMatchObject({ fire: [], skipped: [missed(now, now + 4_999 * second, 5_000)] });
    expect(asked).toBeLessThan(5_100);
    const plans = plansAt(every("1 second"), { catchUp: "latest" }, now, now + 3 * hour);
    const missedFor = 3 * hour - 120 * second;
    expect(plans.flatMap(({ skipped }) => skipped).reduce((sum, { count }) => sum + count, 0)).toBe(
      missedFor / second - 1,
    );
    expect(plans.flatMap(({ fire }) => fire)[0]).toBe(now + missedFor - second);
  });
});

describe("the plan of a fixed-delay rule", () => {
  const fixedDelay = every("40 seconds", { anchor: "fixed-delay" });

  test("combined with a rule that has fixed instants misses none of them", () => {
    const union = anyOf(every("1 hour", { anchor: "fixed-delay" }), every("1 minute"));
    const plans = plansAt(union, { catchUp: "all" }, now, now + 8 * 60_000);
    expect(plans.flatMap(({ fire }) => fire)).toEqual(
      Array.from({ length: 11 }, (_, minute) => now + minute * 60_000),
    );
  });

  test("ends with the last instant that a killed dispatcher sent, when nothing is due after it", () => {
    const policy = schedulePolicy({});
    const last: Rule = { text: "once more", isFixedDelay: true, next: on(now, now + minute).next };
    const window = { now: now + hour, until: now + hour + lookAhead };
    expect(possiblyDispatched({ nextFireAt: now, policy }, last, window)).toEqual([now, now + minute]);
    expect(plan({ nextFireAt: now, policy }, last, { ...window, ran: new Set([now, now + minute]) })).toEqual(
      {
        fire: [now, now + minute],
        caughtUp: 2,
        skipped: [],
        nextFireAt: undefined,
        lastFiredAt: now + minute,
      },
    );
  });

  test("that was fired before its dispatcher was killed is not reported as missed", () => {
    const policy = schedulePolicy({ catchUp: "none" });
    const late = now + 10 * 60_000;
    const ran = plan({ nextFireAt: now, policy }, fixedDelay, {
      now: late,
      until: late + lookAhead,
      ran: new Set([now]),
    });
    expect(ran).toMatchObject({ fire: [now], skipped: [] });
  });

  test.each<[string, PolicyOptions, number, Partial<Plan>]>([
    ["ahead as it goes", {}, 0, { fire: [now, now + 40_000, now + 80_000, now + 120_000], caughtUp: 0 }],
    [
      "anew when it is late",
      {},
      5_300,
      { fire: [now], caughtUp: 0, nextFireAt: now + 45_000, lastFiredAt: now },
    ],
    ["anew when it was missed", {}, 10 * 60_000, { fire: [now], caughtUp: 1, nextFireAt: now + 640_000 }],
    [
      "anew when it was missed and is not caught up",
      { catchUp: "none" },
      10 * 60_000,
      { fire: [], caughtUp: 0, skipped: [missed(now, now, 1)], nextFireAt: now + 640_000 },
    ],
    [
      "anew when it was missed too long ago",
      { catchUpWindow: "5 minutes" },
      10 * 60_000,
      { fire: [], skipped: [{ ...missed(now, now, 1), reason: "missed: too long ago to catch up" }] },
    ],
  ])("continues %s", (_, policy, late, wanted) => {
    expect(planAt(fixedDelay, policy, now, now + late)).toMatchObject(wanted);
  });
});
