import { firstDayOfMonth } from "./month.ts";

/**
 * For each number the first value at or after it, and nothing beyond the last value: finding the next hour is one look-up.
 */
export type NextTable = readonly number[];

/** What a cron expression means, as plain data in wall-clock time. It knows no zone. */
export interface Pattern {
  readonly seconds: NextTable;
  readonly minutes: NextTable;
  readonly hours: NextTable;
  readonly months: NextTable;
  readonly years: NextTable;
  /** Picked days for each of the 28 kinds of month, as bits, the first in bit 0. */
  readonly days: readonly number[];
}

export const nextTable = (ascending: readonly number[]): NextTable => {
  const table: number[] = [];
  for (const value of ascending) {
    while (table.length <= value) {
      table.push(value);
    }
  }
  return table;
};

const daySeconds = 86_400;

/** The first matching wall-clock second at or after another, both counted from 1970-01-01 00:00:00 on the same wall. */
export const firstMatch = (pattern: Pattern, wall: number): number | undefined => {
  const today = Math.floor(wall / daySeconds);
  const day = firstDay(pattern, today);
  if (day === undefined) {
    return undefined;
  }
  const time = firstTime(pattern, day === today ? wall - today * daySeconds : 0);
  return time === undefined ? firstMatch(pattern, (day + 1) * daySeconds) : day * daySeconds + time;
};

const firstDay = (pattern: Pattern, from: number): number | undefined => {
  const date = new Date(from * daySeconds * 1_000);
  const start = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
  for (let year = pattern.years[start.year]; year !== undefined; year = pattern.years[year + 1]) {
    const isThisYear = year === start.year;
    let month = pattern.months[isThisYear ? start.month : 1];
    for (; month !== undefined; month = pattern.months[month + 1]) {
      const from = isThisYear && month === start.month ? start.day : 1;
      const day = firstDayOfMonth(pattern.days, { year, month, from });
      if (day !== undefined) {
        return day;
      }
    }
  }
  return undefined;
};

/** The first matching second of a day at or after another, with the carry from second to minute to hour. */
const firstTime = ({ hours, minutes, seconds }: Pattern, from: number): number | undefined => {
  const fromHour = Math.floor(from / 3_600);
  const fromMinute = Math.floor(from / 60) % 60;
  if (hours[fromHour] === fromHour) {
    const second = minutes[fromMinute] === fromMinute ? seconds[from % 60] : undefined;
    if (second !== undefined) {
      return from - (from % 60) + second;
    }
    const minute = minutes[fromMinute + 1];
    if (minute !== undefined) {
      return fromHour * 3_600 + minute * 60 + (seconds[0] ?? 0);
    }
  }
  const hour = hours[fromHour + 1];
  return hour === undefined ? undefined : hour * 3_600 + (minutes[0] ?? 0) * 60 + (seconds[0] ?? 0);
};
