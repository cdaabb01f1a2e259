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

/** The first matching second of a day at or after another: where a minute or an hour has none left, the next one is asked. */
const firstTime = (pattern: Pattern, from: number): number | undefined => {
  const hour = pattern.hours[Math.floor(from / 3_600)];
  if (hour === undefined) {
    return undefined;
  }
  const inHour = Math.max(from, hour * 3_600);
  const minute = pattern.minutes[Math.floor(inHour / 60) % 60];
  if (minute === undefined) {
    return firstTime(pattern, (hour + 1) * 3_600);
  }
  const minuteStart = hour * 3_600 + minute * 60;
  const second = pattern.seconds[Math.max(inHour, minuteStart) % 60];
  return second === undefined ? firstTime(pattern, minuteStart + 60) : minuteStart + second;
};
