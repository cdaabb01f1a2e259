import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { costOf, usualAssumptions } from "../../../../shared/core/cost/schedule-cost.ts";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { parseRule } from "../../../../shared/core/rules/cron/parse-rule.ts";
import { rhythmOf } from "../../../../shared/core/rules/explain/volume.ts";
import { every } from "../../../../shared/core/rules/rule.ts";
import { instants } from "../../../../shared/core/schedules/plan.ts";
import { schedulePolicy } from "../../../../shared/core/schedules/policy.ts";
import { cases } from "../../../cases.ts";
import { arbitraryCron, arbitraryZone } from "../cron/arbitrary.ts";

const from = Date.parse("2026-03-06T12:00:00Z");
const month = 30 * 86_400_000;
const million = 1_000_000;

describe("the cost of a million runs", () => {
  test("each by itself: 9 write units, 3 read units, 3 requests, an invocation of 120 ms in 1 GB, half a gigabyte of logs", () => {
    const { total, ...parts } = costOf({ runs: million, advances: million });
    expect(parts.writes).toBeCloseTo(9 * 0.625);
    expect(parts.reads).toBeCloseTo(3 * 0.125);
    expect(parts.requests).toBeCloseTo(3 * 0.4);
    expect(parts.compute).toBeCloseTo(0.2 + 0.12 * 13.3334);
    expect(parts.logs).toBeCloseTo(0.5 * 0.5);
    expect(total).toBeCloseTo(9.25);
  });

  test("in full batches, sixty to an advance", () => {
    const cost = costOf({ runs: million, advances: million / 60 }, { ...usualAssumptions, batch: 10 });
    expect(cost.writes).toBeCloseTo((4 + 0.1 + 4 / 60) * 0.625);
    expect(cost.requests).toBeCloseTo(0.12);
    expect(cost.compute).toBeCloseTo(0.02 + 0.102 * 13.3334);
  });

  test("parked: five write units more", () => {
    const volume = { runs: million, advances: million };
    const more = costOf({ ...volume, parked: million }).writes - costOf(volume).writes;
    expect(more).toBeCloseTo(5 * 0.625);
  });
});

describe("the rhythm of a rule", () => {
  test.each([
    ["every 30 seconds", 86_400, 43_200],
    ["every 1 minute", 43_200, 43_200],
    ["rate(1 hour)", 720, 720],
    ["30 2 * * *", 30, 30],
    ["*/15 9-17 * * 1-5", 20 * 36 + 24, 20 * 36 + 24],
  ])("%s: %d runs in %d advances", (text, runs, advances) => {
    const rhythm = rhythmOf(parseRule(text), undefined, from);
    expect(rhythm).toMatchObject({
      next30Days: runs,
      isExact: true,
      perMonth: { runs, advances, parked: 0 },
    });
    expect(rhythm.perAdvance).toBe(runs / advances);
  });

  test.each([
    ["0 6 1 * *", 1, 1],
    ["0 0 29 2 *", 0, 1 / 48],
    ["at 2026-03-07T00:00:00Z", 1, 1 / 48],
    ["at 2050-01-01T00:00:00Z", 0, 0],
  ])("of %s, which is seldom due, is a mean of four years", (text, next30Days, runs) => {
    expect(rhythmOf(parseRule(text), undefined, from)).toMatchObject({ next30Days, perMonth: { runs } });
  });

  test.each([
    ["* * * * * *", month / 1_000, 43_200],
    ["* * 9-17 * * *", 30 * 32_400, 30 * 540],
    ["* 0-9 * * * *", 30 * 24 * 600, 30 * 24 * 10],
  ])("of %s is an estimate within two per cent", (text, runs, advances) => {
    const { next30Days, isExact, perMonth, perAdvance } = rhythmOf(cron(text), undefined, from);
    expect(isExact).toBe(false);
    expect(Math.abs(next30Days / runs - 1)).toBeLessThan(0.02);
    expect(Math.abs(perMonth.advances / advances - 1)).toBeLessThan(0.02);
    expect(perAdvance).toBe(60);
  });

  test("of a rule that ends or bursts is estimated no further than that", () => {
    const burst = rhythmOf(cron("* * * 1 1 *"), undefined, from);
    expect(burst.next30Days).toBe(0);
    expect(Math.abs(burst.perMonth.runs / (86_400 / 12) - 1)).toBeLessThan(0.02);
    const { perMonth, isExact } = rhythmOf(cron("* * * * 3 * 2026"), undefined, from);
    expect(isExact).toBe(false);
    expect(Math.abs(perMonth.runs / (25.5 * 86_400) - 1)).toBeLessThan(0.02);
  });

  test("under a limit has fewer runs, and no fewer advances", () => {
    const policy = schedulePolicy({ minInterval: "90 seconds" });
    expect(rhythmOf(every("1 minute"), policy, from).perMonth).toEqual({
      runs: 21_600,
      advances: 43_200,
      parked: 0,
    });
    const dense = rhythmOf(every("1 second"), schedulePolicy({ minInterval: "10 seconds" }), from);
    expect(Math.abs(dense.perMonth.runs / (month / 10_000) - 1)).toBeLessThan(0.02);
  });

  test.each([
    ["10 minutes", 0],
    ["27 minutes", 0.5],
  ] as const)("with a jitter of %s parks a part of the runs: %d", (jitter, part) => {
    const { perMonth } = rhythmOf(every("1 hour"), schedulePolicy({ jitter }), from);
    expect(perMonth.parked).toBeCloseTo(720 * part);
  });

  test("of any rule counts what is due", () => {
    fc.assert(
      fc.property(arbitraryCron, arbitraryZone, ({ text }, zone) => {
        const rule = cron(text, zone, { allowNever: true });
        const due = instants(rule, rule.next(new Date(from - 1))?.getTime(), from + month - 1, 50_000);
        expect(rhythmOf(rule, undefined, from)).toMatchObject({ next30Days: due.length, isExact: true });
      }),
      cases(30),
    );
  });
});
