import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import type { DstPolicy } from "../../../../shared/core/rules/cron/dst.ts";
import type { Rule } from "../../../../shared/core/rules/rule.ts";
import { cases } from "../../../cases.ts";
import { arbitraryCron, arbitraryZone } from "./arbitrary.ts";
import { bruteForce, type WallClock, wallClock } from "./wall-clock.ts";

/** 2011 is the year in which Apia lost a day and Cairo, Beirut and Havana changed their clocks; 2024 has today's rules. */
const arbitraryWindow = fc.tuple(arbitraryZone, fc.constantFrom(2011, 2024));

const arbitraryDst = fc.record({
  gap: fc.constantFrom<DstPolicy["gap"]>("run-after-gap", "skip"),
  overlap: fc.constantFrom<DstPolicy["overlap"]>("first", "second", "both"),
});

test("P3: in 400 days of any zone, under any policy, exactly the minutes found by looking at each are due", () => {
  const property = fc.property(arbitraryCron, arbitraryWindow, arbitraryDst, (expression, window, dst) => {
    const clock = clockOf(...window);
    const rule = cron(expression.text, window[0], { dst, allowNever: true });
    expect(firstDifference(dueIn(clock, rule), bruteForce(clock, { expression, dst }))).toBeUndefined();
  });
  fc.assert(property, cases(80));
}, 60_000);

test("P3: without a choice, intervals keep their rhythm and fixed times run once", () => {
  const property = fc.property(arbitraryCron, arbitraryWindow, (expression, window) => {
    const clock = clockOf(...window);
    const dst: DstPolicy = expression.isInterval
      ? { gap: "skip", overlap: "both" }
      : { gap: "run-after-gap", overlap: "first" };
    const rule = cron(expression.text, window[0], { allowNever: true });
    expect(rule.dst).toEqual(dst);
    expect(firstDifference(dueIn(clock, rule), bruteForce(clock, { expression, dst }))).toBeUndefined();
  });
  fc.assert(property, cases(40));
}, 60_000);

const clocks = new Map<string, WallClock>();

const clockOf = (zone: string, year: number): WallClock => {
  const key = `${zone} ${year}`;
  const clock = clocks.get(key) ?? wallClock(zone, year);
  clocks.set(key, clock);
  return clock;
};

const dueIn = ({ startMinute, walls }: WallClock, rule: Rule): readonly number[] => {
  const end = new Date((startMinute + walls.length) * 60_000);
  const due: number[] = [];
  let next = rule.next(new Date(startMinute * 60_000 - 1));
  while (next && next < end) {
    due.push(next.getTime() / 60_000);
    next = rule.next(next);
  }
  return due;
};

/** Jest compares half a million numbers in seconds, this in milliseconds. */
const firstDifference = (got: readonly number[], expected: readonly number[]): string | undefined => {
  const index = Array.from({ length: Math.max(got.length, expected.length) }).findIndex(
    (_, index) => got[index] !== expected[index],
  );
  return index < 0 ? undefined : `got ${minuteText(got[index])}, expected ${minuteText(expected[index])}`;
};

const minuteText = (minute: number | undefined): string =>
  minute === undefined ? "nothing" : new Date(minute * 60_000).toISOString();
