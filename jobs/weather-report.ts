import { readFile } from "node:fs/promises";
import { dataFile, defineJob, FatalError } from "millrace";
import * as z from "zod";
import { type Day, parseDays } from "./daily-weather.ts";

/** Summarizes one or more years of daily weather by month. */
export const weatherReport = defineJob({
  name: "weather-report",
  input: z.strictObject({
    /** A file in jobs/data. */
    file: z.string().default("seattle-weather.csv"),
    /** Default: all years in the file. */
    year: z.int().min(1800).max(2200).optional(),
  }),
  priority: "low",
  async run({ input: { file, year }, signal, log }) {
    const days = parseDays(await readFile(dataFile(file), { signal }));
    const chosen = days.filter(({ date }) => year === undefined || date.startsWith(`${year}-`));
    const report = reportOf(chosen);
    if (!report) throw new FatalError(`${file} has no day of ${year ?? "any year"}: ${spanOf(days)}`);
    log.info("weather reported", { file, days: report.total.days, months: report.months.length });
    return { file, ...report };
  },
});

const spanOf = (days: readonly Day[]): string =>
  days.length === 0 ? "it is empty" : `it goes from ${days[0]?.date} to ${days.at(-1)?.date}`;

const reportOf = (days: readonly Day[]) => {
  const total = summary("total", days);
  if (!total) return undefined;
  const months = Map.groupBy(days, ({ date }) => date.slice(0, "YYYY-MM".length));
  return { total, months: [...months].flatMap(([month, itsDays]) => summary(month, itsDays) ?? []) };
};

/** Minimum precipitation of a wet day, in millimetres: index RR1 of the World Meteorological Organization. */
const wetMm = 1;

const summary = (period: string, days: readonly Day[]) => {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return undefined;
  return {
    period,
    from: first.date,
    to: last.date,
    days: days.length,
    meanC: tenths(sum(days, (day) => (day.temp_max + day.temp_min) / 2) / days.length),
    warmestC: Math.max(...days.map((day) => day.temp_max)),
    coldestC: Math.min(...days.map((day) => day.temp_min)),
    precipitationMm: tenths(sum(days, (day) => day.precipitation)),
    wetDays: days.filter((day) => day.precipitation >= wetMm).length,
  };
};

const sum = (days: readonly Day[], value: (day: Day) => number): number =>
  days.reduce((total, day) => total + value(day), 0);

const tenths = (value: number): number => Math.round(value * 10) / 10;
