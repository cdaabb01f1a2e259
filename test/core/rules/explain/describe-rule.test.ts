import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { parseRule } from "../../../../shared/core/rules/cron/parse-rule.ts";
import { describeRule } from "../../../../shared/core/rules/explain/describe-rule.ts";
import { anyOf, between, every, except, type Rule } from "../../../../shared/index.ts";
import { cases } from "../../../cases.ts";
import { take } from "../cron/take.ts";

describe("a rule in words", () => {
  test.each([
    ["* * * * *", "Every minute"],
    ["* * * * * *", "Every second"],
    ["0 * * * *", "Every hour"],
    ["@daily", "At 00:00, every day"],
    ["30 2 * * *", "At 02:30, every day"],
    ["15 30 2 * * *", "At 02:30:15, every day"],
    ["*/15 9-17 * * 1-5", "Every 15 minutes, between 09:00 and 17:59, Monday through Friday"],
    ["0,30 9-17 * * *", "At 0 and 30 minutes past the hour, between 09:00 and 17:59"],
    ["10-50/5 * * * *", "Every 5 minutes, minutes 10 through 50 past the hour"],
    ["*/7 * * * *", "At 0, 7, 14, 21, 28, 35, 42, 49, and 56 minutes past the hour"],
    ["5/15 * * * *", "At 5, 20, 35, and 50 minutes past the hour"],
    ["*/60 * * * *", "Every hour"],
    ["0 */5 * * *", "At 00:00, 05:00, 10:00, 15:00 and 20:00, every day"],
    ["0 */6 * * *", "On the hour, every 6 hours"],
    ["*/10 5 12 * * *", "Every 10 seconds, from 12:05:00 to 12:05:59"],
    ["*/10 0 9-17 * * *", "Every 10 seconds, at 0 minutes past the hour, between 09:00 and 17:00"],
  ])("%s: %s", (text, words) => {
    expect(describeRule(cron(text))).toBe(words);
  });

  test.each([
    ["0 0 29 2 *", "on day 29 of the month, only in February"],
    ["0 0 1,15 JAN,JUL *", "on day 1 and 15 of the month, only in January and July"],
    ["0 0 * 2-4 *", "every day, February through April"],
    ["0 0 1 */3 *", "on day 1 of the month, only in January, April, July, and October"],
    ["0 0 */3 * *", "every 3 days in a month, between day 1 and 31 of the month"],
    ["0 0 */10 * *", "on day 1, 11, 21, and 31 of the month"],
    ["0 0 */31 * *", "on day 1 of the month"],
    ["0 0 15W * *", "on the weekday nearest day 15 of the month"],
    ["0 0 1W * *", "on the first weekday of the month"],
    ["0 0 LW * *", "on the last weekday of the month"],
    ["0 0 1,15,L-3 * *", "on day 1 and 15 of the month and 3 days before the last day of the month"],
    ["0 0 13 * 5", "on day 13 of the month or on Friday"],
    ["0 0 13 * MON-FRI", "on day 13 of the month or on Monday through Friday"],
    ["0 0 L * 5L", "on the last day of the month or on the last Friday of the month"],
    ["0 0 1-31 * 5", "every day"],
    ["0 0 13 * 0-6", "every day"],
    ["0 0 */10 * 1-5", "on day 1, 11, 21, and 31 of the month, but only Monday through Friday"],
    ["0 0 * * FRI-SUN", "Friday through Sunday"],
    ["0 0 * * 5-7", "Friday through Sunday"],
    ["0 0 * * 6,7", "only on Sunday and Saturday"],
    ["0 0 * * 1-3,5,5L", "only on Monday through Wednesday and Friday and on the last Friday of the month"],
    ["0 0 * * MON#1,WED#3", "on the first Monday of the month and on the third Wednesday of the month"],
    ["0 0 0 1 1 * 2030-2040", "on day 1 of the month, only in January, 2030 through 2040"],
    ["0 0 0 1 1 * 2026/2", "on day 1 of the month, only in January, every 2 years, 2026 through 2198"],
    ["cron(0 0 ? * 1 *)", "only on Sunday"],
    ["cron(0 0 ? * 6L *)", "on the last Friday of the month"],
    ["cron(0 0 ? * 3#2 2027)", "on the second Tuesday of the month, only in 2027"],
    ["cron(0 0 ? * 2/2 *)", "only on Monday, Wednesday, and Friday"],
    ["cron(0 0 ? * L *)", "only on Saturday"],
    ["cron(0 0 ? * SUN,TUE-THU *)", "only on Sunday and Tuesday through Thursday"],
    ["cron(0 0 L-3 * ? *)", "3 days before the last day of the month"],
    ["cron(0 0 * * ? *)", "every day"],
  ])("%s at midnight: %s", (text, words) => {
    expect(describeRule(cron(text))).toBe(`At 00:00, ${words}`);
  });

  test.each([
    ["rate(1 day)", "Every day, counted from 1970-01-01 00:00:00Z"],
    ["every 30 seconds", "Every 30 seconds, counted from 1970-01-01 00:00:00Z"],
    ["every 1 hour anchored at 2027-01-01T00:20:00Z", "Every hour, in step with 2027-01-01 00:20:00Z"],
    ["every 5 minutes fixed-delay", "Every 5 minutes, counted from the occurrence before"],
    ["at 2027-01-01T00:00:00Z", "Once, at 2027-01-01 00:00:00Z"],
  ])("%s: %s", (text, words) => {
    expect(describeRule(parseRule(text))).toBe(words);
  });

  const nine = (zone?: string) => cron("0 9 * * MON-FRI", zone);
  const noon = cron("0 12 * * SAT");
  const own: Rule = { text: "At the full moon", zone: "Asia/Tokyo", next: () => undefined };
  const end = "2027-01-01T00:00:00Z";
  const dates = ["2026-12-25", "2026-12-24", "2026-12-26", "2026-12-27", "2026-12-28"];

  test.each<[string, Rule]>([
    ["At 09:00, Monday through Friday; or at 12:00, only on Saturday", anyOf(nine(), noon)],
    [
      "At 09:00, Monday through Friday (Europe/Madrid); or at 12:00, only on Saturday (UTC); or every hour, counted from 1970-01-01 00:00:00Z",
      anyOf(nine("Europe/Madrid"), noon, every("1 hour")),
    ],
    ["At 12:00, only on Saturday (UTC); or at the full moon (Asia/Tokyo)", anyOf(noon, own)],
    ["At the full moon", between(own, {})],
    ["At 12:00, only on Saturday, until 2027-01-01 00:00:00Z", between(noon, { end })],
    [
      "At 12:00, only on Saturday, except 2026-12-24, 2026-12-25, 2026-12-26, 2 more dates",
      except(noon, { dates }),
    ],
    [
      "At 09:00, Monday through Friday; or at 12:00, only on Saturday; all of it until 2027-01-01 00:00:00Z",
      between(anyOf(nine(), noon), { end }),
    ],
    [
      "At 09:00, Monday through Friday; or at 12:00, only on Saturday, until 2027-01-01 00:00:00Z",
      anyOf(nine(), between(noon, { end })),
    ],
  ])("describes a combined rule by its parts: %s", (words, rule) => {
    expect(describeRule(rule)).toBe(words);
  });
});

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** The weekdays that a sentence names, ranges spelled out. */
const named = (sentence: string): ReadonlySet<string> => {
  if (sentence.endsWith("every day")) return new Set(weekdays);
  const range = (from: string, to: string) => {
    const start = weekdays.indexOf(from);
    const length = (weekdays.indexOf(to) - start + 7) % 7;
    return Array.from({ length: length + 1 }, (_, i) => weekdays[(start + i) % 7]);
  };
  const spelled = sentence.replace(/(\w+day) through (\w+day)/g, (_, from, to) => range(from, to).join());
  return new Set(spelled.match(/[A-Z][a-z]+day/g));
};

/** The weekdays on which a rule is due in a year. */
const seen = (text: string): ReadonlySet<string> =>
  new Set(
    take(cron(text), { after: "2026-01-01T00:00:00Z", count: 365 }).map(
      (at) => weekdays[new Date(at).getUTCDay()] ?? "",
    ),
  );

const names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** A day-of-week field whose numbers start at `low`. */
const anyWeekdays = (low: number): fc.Arbitrary<string> => {
  const number = fc.integer({ min: low, max: low + 6 }).map(String);
  const day = fc.oneof(number, fc.constantFrom(...names));
  const range = fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }), fc.boolean())
    .map(([a, b, isNamed]) =>
      [Math.min(a, b), Math.max(a, b)].map((d) => (isNamed ? names[d] : d + low)).join("-"),
    );
  const step = fc.integer({ min: 1, max: 7 });
  const plain = fc.oneof(
    day,
    range,
    fc.tuple(fc.oneof(day, range, fc.constant("*")), step).map(([from, by]) => `${from}/${by}`),
  );
  const special = fc.oneof(
    day.map((d) => `${d}L`),
    fc.tuple(day, fc.integer({ min: 1, max: 4 })).map(([d, nth]) => `${d}#${nth}`),
  );
  return fc.oneof(
    special,
    fc.array(plain, { minLength: 1, maxLength: 4 }).map((all) => all.join()),
  );
};

describe("the words name the weekdays on which the engine fires", () => {
  test("in five fields", () => {
    fc.assert(
      fc.property(anyWeekdays(0), (field) => {
        const text = `0 12 * * ${field}`;
        expect([text, named(describeRule(cron(text)))]).toEqual([text, seen(text)]);
      }),
      cases(),
    );
  });

  test("in AWS's dialect, which counts from Sunday = 1", () => {
    fc.assert(
      fc.property(anyWeekdays(1), (field) => {
        const text = `cron(0 12 ? * ${field} *)`;
        expect([text, named(describeRule(cron(text)))]).toEqual([text, seen(text)]);
      }),
      cases(),
    );
  });
});

describe("the words name the days of the month on which the engine fires", () => {
  const day = fc.integer({ min: 1, max: 31 });
  const item = fc.oneof(
    day.map(String),
    fc.tuple(day, day).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.tuple(day, fc.integer({ min: 7, max: 31 })).map(([from, by]) => `${from}/${by}`),
  );

  /** Of `on day 1, 5 through 7, and 9` or `between day 5 and 7`. */
  const daysIn = (sentence: string): ReadonlySet<number> => {
    const range = (from: string, to: string) =>
      Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i).join();
    const days = sentence.slice("At 12:00".length).replace("every day", "between day 1 and 31");
    const spelled = days
      .replace(/between day (\d+) and (\d+)/, (_, from, to) => range(from, to))
      .replace(/(\d+) through (\d+)/g, (_, from, to) => range(from, to));
    return new Set(spelled.match(/\d+/g)?.map(Number));
  };

  test("lists, ranges and steps", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 4 }), (items) => {
        const rule = cron(`0 12 ${items.join()} * *`);
        const fires = take(rule, { after: "2026-01-01T00:00:00Z", count: 100 });
        const days = new Set(fires.map((at) => new Date(at).getUTCDate()));
        expect([rule.text, daysIn(describeRule(rule))]).toEqual([rule.text, days]);
      }),
      cases(),
    );
  });
});
