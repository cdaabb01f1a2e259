import { describe, expect, test } from "@jest/globals";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { parseRule } from "../../../../shared/core/rules/cron/parse-rule.ts";
import { at, every, type Rule } from "../../../../shared/core/rules/rule.ts";
import { messageOf, take } from "./take.ts";

describe("what an operator types becomes a rule", () => {
  test.each([
    ["every 30 seconds", "2027-01-01T00:00:30Z"],
    ["  every\t1 day ", "2027-01-02T00:00:00Z"],
    ["every 1 hour anchored at 2027-01-01T00:10:00Z", "2027-01-01T00:10:00Z"],
    ["every 90 seconds fixed-delay", "2027-01-01T00:01:30Z"],
    ["at 2027-06-01T00:00:00Z", "2027-06-01T00:00:00Z"],
    ["rate(5 minutes)", "2027-01-01T00:05:00Z"],
    ["cron(0 12 * * ? *)", "2027-01-01T11:00:00Z"],
    ["@daily", "2027-01-01T23:00:00Z"],
    ["0 9 * * MON", "2027-01-04T08:00:00Z"],
  ])("%j", (text, expected) => {
    expect(take(parseRule(text, "Europe/Madrid"), { after: "2027-01-01T00:00:00Z", count: 1 })).toEqual([
      expected,
    ]);
  });
});

test.each([
  ["EVERY 5 Minutes", "every 5 minutes"],
  ["Every 1 hour Anchored At 2027-01-01T00:10:00Z", "every 1 hour anchored at 2027-01-01T00:10:00.000Z"],
  ["every 90 seconds FIXED-DELAY", "every 90 seconds fixed-delay"],
  ["AT 2027-06-01T00:00:00Z", "at 2027-06-01T00:00:00.000Z"],
  ["RATE(5 Minutes)", "rate(5 minutes)"],
  ["CRON(0 12 * * ? *)", "cron(0 12 * * ? *)"],
  ["@Daily", "@Daily"],
])("capitals change nothing: %s is %s", (text, same) => {
  expect(parseRule(text)).toMatchObject({ text: same });
  expect(JSON.stringify(parseRule(same))).toBe(JSON.stringify(parseRule(text)));
});

describe("a rule comes back from what a table holds", () => {
  const stored: readonly (Rule & { readonly dst?: { gap: "run-after-gap" | "skip" } })[] = [
    every("30 seconds"),
    every("1.5 hours", { anchor: "2027-01-01T00:10:00+05:30" }),
    every("2 weeks", { anchor: "fixed-delay" }),
    at("2027-01-01T00:00:00Z"),
    cron("30 2 * * *", "America/New_York", { dst: { gap: "skip", overlap: "second" } }),
    cron("@hourly", "Australia/Lord_Howe"),
    cron("cron(15 10 ? * 6L 2019-2032)", "Asia/Tokyo").withDst("run-after-gap"),
    cron("rate(5 minutes)"),
  ];
  test.each(stored)("$text", (rule) => {
    const row: { text: string; zone?: string; dst?: { gap: "run-after-gap" | "skip" } } = JSON.parse(
      JSON.stringify(rule),
    );
    const again = parseRule(row.text, row.zone, row.dst ? { dst: row.dst } : {});
    expect(JSON.stringify(again)).toBe(JSON.stringify(rule));
    const question = { after: "2025-03-08T12:00:00Z", count: 400 };
    expect(take(again, question)).toEqual(take(rule, question));
  });
});

describe("what is no rule is refused in one sentence", () => {
  test.each([
    [
      "every day",
      'rule: expected "every 30 seconds", with "anchored at 2027-01-01T00:00:00Z" or "fixed-delay" if needed, got "every day"',
    ],
    [
      "every 5 fortnights",
      'rule: expected "every 30 seconds", with "anchored at 2027-01-01T00:00:00Z" or "fixed-delay" if needed, got "every 5 fortnights"',
    ],
    ["every 0 seconds", 'every: expected whole seconds, at least 1, got "0 seconds"'],
    ["at noon", 'at: expected an instant with its offset, such as "2027-01-01T00:00:00Z", got "noon"'],
    [
      "at(2027-01-01T00:00:00)",
      'at: expected no brackets but an offset, got "at(2027-01-01T00:00:00)"; write at 2027-01-01T00:00:00Z',
    ],
    [
      "At(2028-02-01T09:30:00)",
      'at: expected no brackets but an offset, got "At(2028-02-01T09:30:00)"; write at 2028-02-01T09:30:00Z',
    ],
    ["at(noon)", 'at: expected no brackets but an offset, got "at(noon)"; write at 2027-01-01T00:00:00Z'],
    [
      "CRON_TZ=America/New_York 0 6 * * *",
      'cron: expected no zone among the fields, got "CRON_TZ=America/New_York 0 6 * * *"; name it beside the rule: cron("0 6 * * *", "America/New_York") in code, "0 6 * * *" --zone America/New_York on the command line',
    ],
    [
      'TZ="UTC" @daily',
      'cron: expected no zone among the fields, got "TZ="UTC" @daily"; name it beside the rule: cron("@daily", "UTC") in code, "@daily" --zone UTC on the command line',
    ],
    ["x".repeat(1_000_000), "rule: expected at most 256 characters, got 1000000"],
  ])("%.40s", (text, message) => {
    expect(messageOf(() => parseRule(text))).toBe(`DefinitionError: ${message}`);
  });

  test("also for a zone that the rule would not need", () => {
    expect(() => parseRule("every 30 seconds", "Europe/Madird")).toThrow('did you mean "Europe/Madrid"?');
  });

  test("unless a rule that never fires is asked for", () => {
    expect(parseRule("0 0 31 2 *", "UTC", { allowNever: true }).next(new Date(0))).toBeUndefined();
  });
});
