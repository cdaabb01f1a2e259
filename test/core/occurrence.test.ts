import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DefinitionError } from "../../shared/core/errors.ts";
import { isDueAt, misfireAfterMs, nextInstant, occurrenceKey, type Plan, plan } from "../../shared/core/occurrence.ts";
import { at, every, type Rule } from "../../shared/core/rule.ts";
import type { CatchUp } from "../../shared/core/schedule.ts";
import { now } from "./any-run.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const lookAhead = 2 * minute;

/** Due at these instants and no others. */
const on = (...instants: readonly number[]): Rule => ({
  text: "on",
  next: (after) => {
    const next = instants.find((instant) => instant > after.getTime());
    return next === undefined ? undefined : new Date(next);
  },
});

const hourly = every("1 hour");
const planAt = (rule: Rule, catchUp: CatchUp, nextAt: number | undefined, time: number) =>
  plan({ nextAt, catchUp }, rule, { now: time, until: time + lookAhead });

const missed = (from: number, to: number, count: number) => ({
  from,
  to,
  count,
  reason: "missed: the pipeline was not running",
});

describe("a plan", () => {
  const noon = now + 12 * hour;

  test("has what is due up to the look-ahead, and where to go on", () => {
    const rule = every("1 minute");
    expect(planAt(rule, "latest", now, now)).toEqual({
      fire: [now, now + minute, now + 2 * minute],
      nextAt: now + 3 * minute,
    });
  });

  test("has nothing when nothing is due", () => {
    expect(planAt(hourly, "all", now + hour, now)).toEqual({ fire: [], nextAt: now + hour });
    expect(planAt(hourly, "all", undefined, now)).toEqual({ fire: [], nextAt: undefined });
  });

  test("has no next instant after the last", () => {
    expect(planAt(at(new Date(now)), "latest", now, now)).toEqual({ fire: [now], nextAt: undefined });
    expect(planAt(at(new Date(now)), "none", now, noon)).toEqual({
      fire: [],
      skipped: missed(now, now, 1),
      nextAt: undefined,
    });
  });

  test.each<[CatchUp, Plan]>([
    ["none", { fire: [noon], skipped: missed(now, noon - hour, 12), nextAt: noon + hour }],
    ["latest", { fire: [noon - hour, noon], skipped: missed(now, noon - 2 * hour, 11), nextAt: noon + hour }],
    ["all", { fire: Array.from({ length: 13 }, (_, i) => now + i * hour), nextAt: noon + hour }],
  ])("after twelve hours without a tick catches up %s", (catchUp, expected) => {
    expect(planAt(hourly, catchUp, now, noon)).toEqual(expected);
  });

  test("that catches up with the latest skips nothing when only one was missed", () => {
    expect(planAt(hourly, "latest", now, now + 30 * minute)).toEqual({ fire: [now], nextAt: now + hour });
  });

  test.each([
    ["is not missed at two minutes", misfireAfterMs, { fire: [now], nextAt: now + hour }],
    ["is missed from there on", misfireAfterMs + 1, { fire: [], skipped: missed(now, now, 1), nextAt: now + hour }],
  ])("of an occurrence that is late says that it %s", (_, late, expected) => {
    expect(planAt(hourly, "none", now, now + late)).toEqual(expected);
  });

  test.each<[CatchUp, number, number]>([
    ["all", now, now + 100 * second],
    ["latest", now, noon - misfireAfterMs + 99 * second],
    ["none", now, noon - misfireAfterMs + 100 * second],
  ])("has at most 100 instants and leaves the rest to the next round: %s", (catchUp, nextAt, next) => {
    const planned = planAt(every("1 second"), catchUp, nextAt, noon);
    expect(planned.fire).toHaveLength(100);
    expect(planned.nextAt).toBe(next);
  });

  test("counts at most 100,000 missed instants a round, and runs the latest of them only when all are counted", () => {
    const secondly = every("1 second");
    const end = now + 150_000 * second;
    const first = planAt(secondly, "latest", now, end);
    expect(first).toEqual({
      fire: [],
      skipped: missed(now, now + 99_999 * second, 100_000),
      nextAt: now + 100_000 * second,
    });
    const next = planAt(secondly, "latest", first.nextAt, end);
    expect(next.skipped).toEqual(missed(now + 100_000 * second, end - misfireAfterMs - 2 * second, 49_879));
    expect(next.fire.slice(0, 2)).toEqual([end - misfireAfterMs - second, end - misfireAfterMs]);
  });

  test("of the same row at the same time is the same plan", () => {
    expect(planAt(hourly, "latest", now, noon)).toEqual(planAt(hourly, "latest", now, noon));
  });

  test.each<[string, Rule["next"]]>([
    ["stands still", (after) => after],
    ["goes back", (after) => new Date(after.getTime() - 1)],
    ["is lost", () => new Date(Number.NaN)],
  ])("is refused by name when its rule %s", (_, next) => {
    const planned = () => planAt({ text: "odd", next }, "all", now, now);
    expect(planned).toThrow(DefinitionError);
    expect(planned).toThrow(/^rule "odd": expected an instant after /);
  });
});

describe("over any sequence of ticks", () => {
  const intervals = ["1 second", "7 seconds", "1 minute", "17 minutes", "1 hour"] as const;
  const anyRule = fc.oneof(
    fc.constantFrom(...intervals).map((interval) => every(interval)),
    fc
      .uniqueArray(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 60 })
      .map((seconds) => on(...seconds.sort((a, b) => a - b).map((s) => now + s * second))),
  );
  /** On time, early, doubled, missed for a while, or with a clock that goes back. */
  const anyTick = fc.oneof(
    { weight: 6, arbitrary: fc.constant(minute) },
    fc.constant(0),
    fc.integer({ min: 0, max: 5 * minute }),
    fc.integer({ min: 5 * minute, max: 30 * minute }),
    fc.integer({ min: -3 * minute, max: 0 }),
  );
  const anyTicks = fc.array(anyTick, { minLength: 1, maxLength: 15 });
  const anyCatchUp = fc.constantFrom<CatchUp>("none", "latest", "all");

  const instantsOf = (rule: Rule, until: number | undefined): number[] => {
    const all: number[] = [];
    for (let next = nextInstant(rule, now - 1); next !== undefined && next !== until; next = nextInstant(rule, next)) {
      all.push(next);
    }
    return all;
  };

  const told = (rule: Rule, { fire, skipped }: Plan): { fired: readonly number[]; skipped: readonly number[] } => {
    if (!skipped) return { fired: fire, skipped: [] };
    const all = instantsOf(rule, nextInstant(rule, skipped.to));
    return { fired: fire, skipped: all.filter((instant) => instant >= skipped.from && instant <= skipped.to) };
  };

  test("every instant runs or is told to be skipped, exactly once", () => {
    fc.assert(
      fc.property(anyRule, anyCatchUp, anyTicks, (rule, catchUp, ticks) => {
        let [time, nextAt] = [now, nextInstant(rule, now - 1)];
        const seen: number[] = [];
        for (const ms of ticks) {
          time += ms;
          const planned = planAt(rule, catchUp, nextAt, time);
          const { fired, skipped } = told(rule, planned);
          expect(skipped).toHaveLength(planned.skipped?.count ?? 0);
          expect(fired).toEqual(fired.filter((instant) => instant <= time + lookAhead));
          if (catchUp === "all") expect(skipped).toEqual([]);
          seen.push(...[...fired, ...skipped].sort((a, b) => a - b));
          nextAt = planned.nextAt;
        }
        expect(seen).toEqual(instantsOf(rule, nextAt));
      }),
    );
  });

  test("every instant is told once also when ticks overlap and die: they plan the same row, and one of them advances it", () => {
    fc.assert(
      fc.property(anyRule, fc.array(fc.tuple(anyTick, fc.boolean()), { minLength: 1, maxLength: 15 }), (rule, ticks) => {
        let [time, nextAt] = [now, nextInstant(rule, now - 1)];
        const runs = new Set<string>();
        for (const [ms, isKilled] of ticks) {
          time += ms;
          const planned = planAt(rule, "all", nextAt, time);
          for (const instant of planned.fire) runs.add(occurrenceKey("s", instant));
          if (!isKilled) nextAt = planned.nextAt;
        }
        const due = instantsOf(rule, nextAt).map((instant) => occurrenceKey("s", instant));
        expect([...runs]).toEqual(expect.arrayContaining(due));
        expect([...runs].slice(0, due.length)).toEqual(due);
      }),
    );
  });

  test("with a policy of none, whatever runs is at most two minutes late", () => {
    fc.assert(
      fc.property(anyRule, fc.nat(2 * hour), (rule, ms) => {
        const { fire } = planAt(rule, "none", nextInstant(rule, now - 1), now + ms);
        expect(fire.filter((instant) => instant < now + ms - misfireAfterMs)).toEqual([]);
      }),
    );
  });

  test("with a policy of latest, the newest of the missed runs, and the others do not", () => {
    fc.assert(
      fc.property(anyRule, fc.nat(2 * hour), (rule, ms) => {
        const before = now + ms - misfireAfterMs;
        const all = instantsOf(rule, nextInstant(rule, before - 1)).filter((instant) => instant < before);
        const { fire } = planAt(rule, "latest", nextInstant(rule, now - 1), now + ms);
        expect(fire.filter((instant) => instant < before)).toEqual(all.slice(-1));
      }),
    );
  });
});

describe("an instant", () => {
  test("is due by a rule or is not", () => {
    expect([now - 1, now, now + 1, now + hour].map((instant) => isDueAt(hourly, instant))).toEqual([false, true, false, true]);
    expect(isDueAt(on(), now)).toBe(false);
  });

  test("names its occurrence's run, to the second where it has no parts of one", () => {
    expect(occurrenceKey("daily", now)).toBe("daily@2026-01-01T00:00:00Z");
    expect(occurrenceKey("daily", now + 5)).toBe("daily@2026-01-01T00:00:00.005Z");
  });
});
