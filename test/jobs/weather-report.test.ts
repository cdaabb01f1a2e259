import { describe, expect, test } from "@jest/globals";
import { parseDays } from "../../jobs/daily-weather.ts";
import { weatherReport } from "../../jobs/weather-report.ts";
import { FatalError } from "../../shared/index.ts";
import { perform } from "../../shared/testing/perform.ts";

// The numbers were computed with awk from jobs/data/seattle-weather.csv, not with the job.
describe("weather-report", () => {
  test("summarizes every day of the file", async () => {
    const { result } = await perform(weatherReport, {});
    expect(result).toMatchObject({
      file: "seattle-weather.csv",
      total: {
        from: "2012-01-01",
        to: "2015-12-31",
        days: 1461,
        precipitationMm: 4426,
        wetDays: 506,
        meanC: 12.3,
        warmestC: 35.6,
        coldestC: -7.1,
      },
    });
    expect(result).toHaveProperty("months.length", 48);
  });

  test.each([
    [2012, { days: 366, precipitationMm: 1226, wetDays: 148, meanC: 11.3, warmestC: 34.4, coldestC: -3.3 }],
    [2013, { days: 365, precipitationMm: 828, wetDays: 119, meanC: 12.1, warmestC: 33.9, coldestC: -7.1 }],
    [2014, { days: 365, precipitationMm: 1232.8, wetDays: 123, meanC: 12.8, warmestC: 35.6, coldestC: -6 }],
    [2015, { days: 365, precipitationMm: 1139.2, wetDays: 116, meanC: 13.1, warmestC: 35, coldestC: -3.8 }],
  ])("summarizes the year %d", async (year, total) => {
    const { result } = await perform(weatherReport, { year });
    expect(result).toMatchObject({ total });
    expect(result).toHaveProperty("months.length", 12);
  });

  test("has one row per month, in order", async () => {
    const { result, logs } = await perform(weatherReport, { year: 2015 });
    expect(result).toHaveProperty("months.11", {
      period: "2015-12",
      from: "2015-12-01",
      to: "2015-12-31",
      days: 31,
      meanC: 6.1,
      warmestC: 15.6,
      coldestC: -2.1,
      precipitationMm: 284.5,
      wetDays: 24,
    });
    expect(result).toHaveProperty("months.0.period", "2015-01");
    expect(logs).toMatchObject([
      { level: "info", message: "weather reported", facts: { days: 365, months: 12 } },
    ]);
  });

  test("throws a FatalError for a year that is not in the file", async () => {
    const bad = perform(weatherReport, { year: 1999 });
    await expect(bad).rejects.toThrow(FatalError);
    await expect(bad).rejects.toThrow(
      "seattle-weather.csv has no day of 1999: it goes from 2012-01-01 to 2015-12-31",
    );
  });

  test.each(["../weather-report.ts", "/etc/passwd", "..", ".", "data/../../index.ts"])(
    "refuses %j, which is outside jobs/data",
    async (file) => {
      await expect(perform(weatherReport, { file })).rejects.toThrow(
        /^expected the name of a file in jobs\/data/,
      );
    },
  );

  test("throws a FatalError that names a missing file", async () => {
    const bad = perform(weatherReport, { file: "madrid.csv" });
    await expect(bad).rejects.toThrow(new FatalError('there is no file "madrid.csv" in jobs/data'));
  });

  test("throws a FatalError for a file that is not CSV", async () => {
    const bad = perform(weatherReport, { file: "README.md" });
    await expect(bad).rejects.toThrow(FatalError);
    await expect(bad).rejects.toThrow(/^expected CSV with a header line: /);
  });

  test("refuses an unknown field", async () => {
    await expect(perform(weatherReport, { yaer: 2015 } as never)).rejects.toThrow(/Unrecognized key: "yaer"/);
  });

  test("refuses an input of the wrong type before it reads anything", async () => {
    const input = { year: "2015" } as never;
    await expect(perform(weatherReport, input)).rejects.toThrow(
      /^input of job "weather-report" is not valid: year:/,
    );
  });
});

describe("parseDays", () => {
  const header = "date,precipitation,temp_max,temp_min";

  test("accepts a byte order mark, additional columns and a missing last line break", () => {
    const day = { date: "2015-01-01", precipitation: 0.3, temp_max: 5.6, temp_min: -3.2 };
    expect(parseDays(`\ufeff${header},weather\n2015-01-01,0.3,5.6,-3.2,sun`)).toEqual([day]);
    expect(parseDays(Buffer.from(`${header}\n2015-01-01,0.3,5.6,-3.2\n`))).toEqual([day]);
  });

  test.each([
    [
      "lacks a number",
      `${header}\n2015-01-01,0,1,1\n2015-01-02,,1,1`,
      "row 2, precipitation: expected a decimal number",
    ],
    ["has an invalid date", `${header}\n2015-02-29,0,1,1`, "row 1, date: Invalid ISO date"],
    ["lacks a column", "date,rain\n2015-01-01,0", /row 1, precipitation: Invalid input: expected string/],
    ["has too few fields", `${header}\n2015-01-01,0`, /Invalid Record Length/],
  ])("throws a FatalError that names the row when it %s", (_, csv, problem) => {
    expect(() => parseDays(csv)).toThrow(FatalError);
    expect(() => parseDays(csv)).toThrow(problem);
  });
});
