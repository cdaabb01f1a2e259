import { describe, expect, test } from "@jest/globals";
import { anyOf, between } from "../../../../shared/core/rules/cron/combine.ts";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import type { DstChoice } from "../../../../shared/core/rules/cron/dst.ts";
import { except } from "../../../../shared/core/rules/cron/except.ts";
import { parseRule } from "../../../../shared/core/rules/cron/parse-rule.ts";
import { at, every } from "../../../../shared/core/rules/rule.ts";
import { messageOf } from "./take.ts";

const refusal = (text: string, zone?: string, dst?: DstChoice) =>
  messageOf(() => cron(text, zone, dst === undefined ? {} : { dst })).replace("DefinitionError: ", "");

test.each([
  ["60 * * * *", 'cron minute: expected 0 to 59, got "60" in "60 * * * *"'],
  ["0 24 * * *", 'cron hour: expected 0 to 23, got "24" in "0 24 * * *"'],
  ["61 0 0 * * *", 'cron second: expected 0 to 59, got "61" in "61 0 0 * * *"'],
  ["0 0 0 * *", 'cron day of month: expected 1 to 31, got "0" in "0 0 0 * *"'],
  ["0 0 * 13 *", 'cron month: expected 1 to 12 or JAN to DEC, got "13" in "0 0 * 13 *"'],
  ["0 0 * * MONDAY", 'cron day of week: expected 0 to 7 or SUN to SAT, got "MONDAY" in "0 0 * * MONDAY"'],
  ["0 0 0 1 1 * 2200", 'cron year: expected 1970 to 2199, got "2200" in "0 0 0 1 1 * 2200"'],
  [
    "9-5 * * * *",
    'cron minute: expected a range from the lower to the higher value, such as 9-59,0-5, got "9-5" in "9-5 * * * *"',
  ],
  [
    "9-5/2 * * * *",
    'cron minute: expected a range from the lower to the higher value, got "9-5/2" in "9-5/2 * * * *"',
  ],
  ["0 0 * * 7/2", 'cron day of week: expected 0 for Sunday before a step, got "7/2" in "0 0 * * 7/2"'],
  ["*/90 * * * *", 'cron minute: expected a step of 1 to 60, got "/90" in "*/90 * * * *"'],
  ["*/x * * * *", 'cron minute: expected a step of 1 to 60, got "/X" in "*/x * * * *"'],
  [
    "1-2-3 * * * *",
    'cron minute: expected 0 to 59, a range such as 2-5, or a step such as */5, got "1-2-3" in "1-2-3 * * * *"',
  ],
  [
    "1/2/3 * * * *",
    'cron minute: expected 0 to 59, a range such as 2-5, or a step such as */5, got "1/2/3" in "1/2/3 * * * *"',
  ],
  ["0 0 L-31 * *", 'cron day of month: expected L-1 to L-30, got "L-31" in "0 0 L-31 * *"'],
  ["0 0 L-x * *", 'cron day of month: expected L-1 to L-30, got "L-X" in "0 0 L-x * *"'],
  [
    "0 0 * * #2",
    'cron day of week: expected 0 to 7 or SUN to SAT with #1 to #5, such as MON#1, got "#2" in "0 0 * * #2"',
  ],
  ["0 0 * * L", 'cron day of week: expected 0 to 7 or SUN to SAT, got "L" in "0 0 * * L"'],
  [
    "0 12 * * ? *",
    'cron: expected no "?" outside the AWS dialect, got "0 12 * * ? *"; write the AWS dialect as cron(0 12 * * ? *)',
  ],
  [
    "* * * *",
    'cron: expected 5 fields (minute hour day-of-month month day-of-week), 6 with seconds before them, or 7 with the year after them too, got 4 in "* * * *"',
  ],
  [
    "",
    'cron: expected 5 fields (minute hour day-of-month month day-of-week), 6 with seconds before them, or 7 with the year after them too, got 0 in ""',
  ],
  [
    "@noon",
    'cron: expected one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, got "@noon"',
  ],
  ["* * * * *\n* * * * *", 'cron: expected one line of plain ASCII, got "* * * * *\\n* * * * *"'],
  [
    "cron(0 10 ? * ? *)",
    'cron day of week: expected exactly one "?" in day of month and day of week, got "? and ?" in "cron(0 10 ? * ? *)"',
  ],
  [
    "cron(0 10 1 * MON *)",
    'cron day of week: expected exactly one "?" in day of month and day of week, got "1 and MON" in "cron(0 10 1 * MON *)"',
  ],
  [
    "cron(0 0 ? * 3#1,6#3 *)",
    'cron day of week: expected one day only where # is used, as AWS does, got "3#1,6#3" in "cron(0 0 ? * 3#1,6#3 *)"',
  ],
  [
    "cron(0 10 * * ?)",
    'cron: expected the 6 fields of cron(minute hour day-of-month month day-of-week year), closed by ")", got "cron(0 10 * * ?)"',
  ],
  [
    "cron(0 10 * * ? *",
    'cron: expected the 6 fields of cron(minute hour day-of-month month day-of-week year), closed by ")", got "cron(0 10 * * ? *"',
  ],
  [
    "rate(1 hours)",
    'rate: expected a unit that fits the number, as AWS does, got "rate(1 hours)"; write rate(1 hour)',
  ],
  [
    "rate(0 minutes)",
    'rate: expected rate(1 minute) or rate(5 minutes), in minutes, hours or days, got "rate(0 minutes)"',
  ],
  [
    "30 2 31 2 *",
    'cron: expected an expression that fires, got "30 2 31 2 *", which never fires from 1970 to 2199; correct its day, month or year, or set allowNever',
  ],
  [
    "1- * * * *",
    'cron minute: expected 0 to 59, a range such as 2-5, or a step such as */5, got "1-" in "1- * * * *"',
  ],
  ["*-5 * * * *", 'cron minute: expected 0 to 59, got "*" in "*-5 * * * *"'],
  [
    "1,,5 * * * *",
    'cron minute: expected 0 to 59, a range such as 2-5, or a step such as */5, got "" in "1,,5 * * * *"',
  ],
  ["*".repeat(257), "cron: expected at most 256 characters, got 257"],
])("%j is refused in one sentence", (text, message) => {
  expect(refusal(text)).toBe(message);
});

test.each([
  ["Europe/Madird", 'did you mean "Europe/Madrid"?'],
  ["madrid", 'did you mean "Europe/Madrid"?'],
  ["New York", 'did you mean "America/New_York"?'],
  ["Asia/Kolkatta", 'did you mean "Asia/Kolkata"?'],
  ["Europe/Madrid ", 'did you mean "Europe/Madrid"?'],
  ["utcc", 'did you mean "UTC"?'],
  ["+02:00", 'write one such as "UTC" or "Europe/Madrid"'],
  ["", 'write one such as "UTC" or "Europe/Madrid"'],
  ["Paris2", 'did you mean "Europe/Paris"?'],
  ["UTX", 'did you mean "UTC"?'],
  ["Rome", 'did you mean "Europe/Rome"?'],
  ["CEST", 'write "Europe/Berlin" or "Europe/Madrid", not an abbreviation'],
  ["EDT", 'write "America/New_York", not an abbreviation'],
  ["BST", 'write "Europe/London" or "Asia/Dhaka", not an abbreviation'],
  ["bst", 'write "Europe/London" or "Asia/Dhaka", not an abbreviation'],
  ["IST", 'write "Asia/Kolkata" or "Europe/Dublin" or "Asia/Jerusalem", not an abbreviation'],
  ["CST", 'write "America/Chicago" or "Asia/Shanghai" or "America/Mexico_City", not an abbreviation'],
  ["PST", 'write "America/Los_Angeles" or "Asia/Manila", not an abbreviation'],
  ["JST", 'write "Asia/Tokyo", not an abbreviation'],
  ["VST", 'name a city such as "Europe/Madrid"'],
  ["SystemV/PST8PDT", 'did you mean "PST8PDT"?'],
  ["pt", 'name a city such as "Europe/Madrid"'],
  ["GMT+1", 'name a city such as "Europe/Madrid"'],
  ["UTC +2", 'name a city such as "Europe/Madrid"'],
  ["Pacific Time", 'name a city such as "Europe/Madrid"'],
  ["Central European Summer Time", 'name a city such as "Europe/Madrid"'],
  ["Eastern", 'name a city such as "Europe/Madrid"'],
  ["Middle/Of-Nowhere", 'write one such as "UTC" or "Europe/Madrid"'],
])("the zone %p is refused with what to write instead", (zone, remedy) => {
  expect(refusal("@daily", zone)).toBe(`zone: expected an IANA time zone, got "${zone}"; ${remedy}`);
});

test("a policy of other words, as JSON may hold, is refused", () => {
  expect(refusal("@daily", "UTC", JSON.parse('"shift"'))).toBe(
    'dst gap: expected "run-after-gap" or "skip", got "shift"',
  );
  expect(refusal("@daily", "UTC", JSON.parse('{ "overlap": "twice" }'))).toBe(
    'dst overlap: expected "first" or "second" or "both", got "twice"',
  );
});

describe("what untyped code sends in place of a text or a rule is refused in one sentence", () => {
  /** As JSON gives it back: anything. */
  const anything = (json: string) => JSON.parse(json);
  const five = anything("5");
  const none = anything("null");

  test.each<[string, () => unknown, string]>([
    ["cron(5)", () => cron(five), 'cron: expected a text such as "0 3 * * *", got 5'],
    ["cron(null)", () => cron(none), 'cron: expected a text such as "0 3 * * *", got null'],
    ["cron({})", () => cron(anything("{}")), 'cron: expected a text such as "0 3 * * *", got an object'],
    ["parseRule(null)", () => parseRule(none), 'rule: expected a text such as "0 3 * * *", got null'],
    [
      "cron in zone 5",
      () => cron("@daily", five),
      'zone: expected an IANA time zone, got 5; write one such as "UTC" or "Europe/Madrid"',
    ],
    [
      "at(null)",
      () => at(none),
      'at: expected an instant with its offset, such as "2027-01-01T00:00:00Z", got null',
    ],
    [
      "every(undefined)",
      () => every(anything("{}").nothing),
      'every: expected a duration such as "30 seconds" or "1 hour", got undefined',
    ],
    [
      "every with anchor 5",
      () => every("1 hour", { anchor: five }),
      'every anchor: expected an instant with its offset, such as "2027-01-01T00:00:00Z", got 5',
    ],
    [
      "except on 5",
      () => except(every("1 hour"), { dates: [five] }),
      'dates: expected a date such as "2027-12-25", got 5',
    ],
    [
      "between a text",
      () => between(anything('"@daily"'), {}),
      'rule: expected a rule made by every(), cron() or at(), or with a "text" and a "next" function of its own, got "@daily"',
    ],
    [
      "anyOf null",
      () => anyOf(every("1 hour"), none),
      'anyOf: expected a rule made by every(), cron() or at(), or with a "text" and a "next" function of its own, got null',
    ],
  ])("%s", (_, act, message) => {
    expect(messageOf(act)).toBe(`DefinitionError: ${message}`);
  });

  test("of whatever length", () => {
    expect(messageOf(() => at("x".repeat(1_000_000))).length).toBeLessThan(200);
  });
});
