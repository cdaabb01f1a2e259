import type { Rule } from "../../shared/core/rules/rule.ts";

export interface ExpectedTimes {
  /** Not included. */
  readonly from: number;
  readonly times: readonly number[];
  /** Whether nothing is due after them. */
  readonly areAll: boolean;
}

/** Describes the first difference between a rule's times and the expected ones, if any. */
export const differenceOf = (rule: Rule, { from, times, areAll }: ExpectedTimes): string | undefined => {
  const got = timesOf(rule, from, times.length + (areAll ? 1 : 0));
  const at = Math.max(got.length, times.length);
  const first = Array.from({ length: at }).findIndex((_, i) => got[i] !== times[i]);
  if (first < 0) return undefined;
  return `time ${first + 1}: expected ${firstTimes(times.slice(first))}, got ${firstTimes(got.slice(first))}`;
};

/** A loop, because vectors may have tens of thousands of times. */
const timesOf = (rule: Rule, from: number, most: number): readonly number[] => {
  const times: number[] = [];
  let due = rule.next(new Date(from));
  while (due !== undefined && times.length < most) {
    times.push(due.getTime());
    due = rule.next(due);
  }
  return times;
};

const maxShown = 3;

const firstTimes = (times: readonly number[]): string => {
  const shown = times.slice(0, maxShown).map((time) => new Date(time).toISOString().replace(".000Z", "Z"));
  return `[${[...shown, ...(times.length > maxShown ? ["…"] : [])].join(", ")}]`;
};
