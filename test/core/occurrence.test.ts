import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DefinitionError } from "../../shared/core/errors.ts";
import {
  isDueAt,
  misfireAfterMs,
  nextInstant,
  occurrenceKey,
  type Plan,
  plan,
  suspectsOf,
} from "../../shared/core/occurrence.ts";
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
    [
      "is missed from there on",
      misfireAfterMs + 1,
      { fire: [], skipped: missed(now, now, 1), nextAt: now + hour },
    ],
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

  test("has what a killed dispatcher ran already, so that it is not told as skipped", () => {
    const ran = new Set([now, now + 2 * hour]);
    const planned = (catchUp: CatchUp, hours: number) =>
      plan({ nextAt: now, catchUp }, hourly, { now: now + hours * hour, until: now + hours * hour, ran });
    expect(planned("none", 3.5)).toEqual({
      fire: [now, now + 2 * hour],
      skipped: missed(now + hour, now + 3 * hour, 2),
      nextAt: now + 4 * hour,
    });
    expect(planned("latest", 3.5)).toEqual({
      fire: [now, now + 2 * hour, now + 3 * hour],
      skipped: missed(now + hour, now + hour, 1),
      nextAt: now + 4 * hour,
    });
    expect(planned("latest", 2.5)).toEqual({
      fire: [now, now + 2 * hour],
      skipped: missed(now + hour, now + hour, 1),
      nextAt: now + 3 * hour,
    });
  });

  test("asks about as many missed instants as a killed dispatcher can have planned", () => {
    const suspects = (catchUp: CatchUp, time: number) =>
      suspectsOf({ nextAt: now, catchUp }, every("1 second"), time);
    expect(suspects("latest", now + misfireAfterMs)).toEqual([]);
    expect(suspects("none", now + misfireAfterMs + 1)).toEqual([now]);
    expect(suspects("none", now + hour)).toEqual(Array.from({ length: 100 }, (_, i) => now + i * second));
    expect(suspects("all", now + hour)).toEqual([]);
    expect(suspectsOf({ nextAt: undefined, catchUp: "none" }, hourly, now)).toEqual([]);
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

  /** What a rule is due at from now on, up to but not including `end`. */
  const dueBefore = (rule: Rule, end = Number.POSITIVE_INFINITY): readonly number[] => {
    const all: number[] = [];
    for (
      let next = nextInstant(rule, now - 1);
      next !== undefined && next < end;
      next = nextInstant(rule, next)
    ) {
      all.push(next);
    }
    return all;
  };

  const skippedBy = (rule: Rule, { skipped }: Plan): readonly number[] =>
    skipped ? dueBefore(rule, skipped.to + 1).filter((instant) => instant >= skipped.from) : [];

  test("every instant runs or is told to be skipped, exactly once", () => {
    fc.assert(
      fc.property(anyRule, anyCatchUp, anyTicks, (rule, catchUp, ticks) => {
        let [time, nextAt] = [now, nextInstant(rule, now - 1)];
        const seen: number[] = [];
        for (const ms of ticks) {
          time += ms;
          const planned = planAt(rule, catchUp, nextAt, time);
          const skipped = skippedBy(rule, planned);
          expect(skipped).toHaveLength(planned.skipped?.count ?? 0);
          expect(Math.max(time, ...planned.fire)).toBeLessThanOrEqual(time + lookAhead);
          if (catchUp === "all") expect(skipped).toEqual([]);
          seen.push(...[...planned.fire, ...skipped].sort((a, b) => a - b));
          nextAt = planned.nextAt;
        }
        expect(seen.join()).toBe(dueBefore(rule, nextAt).join());
      }),
    );
  });

  /** A dispatcher may be killed after it made its runs: nothing is told then, and the row stands as it was. */
  const live = (
    rule: Rule,
    catchUp: CatchUp,
    ticks: readonly (readonly [number, boolean])[],
    mayDie: (dying: Plan) => boolean,
  ) => {
    let [time, nextAt] = [now, nextInstant(rule, now - 1)];
    const runs = new Set<number>();
    const skipped = new Set<number>();
    for (const [ms, isKilled] of ticks) {
      time += ms;
      const ran = new Set(suspectsOf({ catchUp, nextAt }, rule, time).filter((instant) => runs.has(instant)));
      const planned = plan({ catchUp, nextAt }, rule, { now: time, until: time + lookAhead, ran });
      for (const instant of planned.fire) runs.add(instant);
      if (isKilled && mayDie(planned)) continue;
      const told = skippedBy(rule, planned).filter((instant) => !planned.fire.includes(instant));
      expect(told).toHaveLength(planned.skipped?.count ?? 0);
      for (const instant of told) skipped.add(instant);
      nextAt = planned.nextAt;
    }
    return { runs, skipped, due: dueBefore(rule, nextAt) };
  };

  const anyLives = fc.array(fc.tuple(anyTick, fc.boolean()), { minLength: 1, maxLength: 15 });

  test("no instant is lost, whenever dispatchers are killed or overlap", () => {
    fc.assert(
      fc.property(anyRule, anyCatchUp, anyLives, (rule, catchUp, ticks) => {
        const { runs, skipped, due } = live(rule, catchUp, ticks, () => true);
        expect(due.filter((instant) => !runs.has(instant) && !skipped.has(instant))).toEqual([]);
      }),
    );
  });

  test("no instant that ran is told as skipped, when a dispatcher is killed that was not behind", () => {
    fc.assert(
      fc.property(anyRule, anyCatchUp, anyLives, (rule, catchUp, ticks) => {
        const { runs, skipped } = live(rule, catchUp, ticks, (dying) => dying.skipped === undefined);
        expect([...runs].filter((instant) => skipped.has(instant))).toEqual([]);
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
        const { fire } = planAt(rule, "latest", nextInstant(rule, now - 1), now + ms);
        expect(fire.filter((instant) => instant < before)).toEqual(dueBefore(rule, before).slice(-1));
      }),
    );
  });
});

describe("an instant", () => {
  test("is due by a rule or is not", () => {
    expect([now - 1, now, now + 1, now + hour].map((instant) => isDueAt(hourly, instant))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(isDueAt(on(), now)).toBe(false);
  });

  test("names its occurrence's run, to the second where it has no parts of one", () => {
    expect(occurrenceKey("daily", now)).toBe("daily@2026-01-01T00:00:00Z");
    expect(occurrenceKey("daily", now + 5)).toBe("daily@2026-01-01T00:00:00.005Z");
  });
});
