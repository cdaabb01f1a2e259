import { describe, expect, test } from "@jest/globals";
import { parseRule } from "../../../../shared/core/rules/cron/parse-rule.ts";
import { describeRule } from "../../../../shared/core/rules/explain/describe-rule.ts";
import { take } from "./take.ts";

const after = "2027-01-03T23:59:59Z";

describe("a range that wraps, as AWS and Quartz have it,", () => {
  test("runs through midnight", () => {
    expect(take(parseRule("cron(0/30 20-2 ? * MON-FRI *)"), { after, count: 8 })).toEqual([
      "2027-01-04T00:00:00Z",
      "2027-01-04T00:30:00Z",
      "2027-01-04T01:00:00Z",
      "2027-01-04T01:30:00Z",
      "2027-01-04T02:00:00Z",
      "2027-01-04T02:30:00Z",
      "2027-01-04T20:00:00Z",
      "2027-01-04T20:30:00Z",
    ]);
  });

  test.each([
    ["cron(0 10 ? * SAT-SUN *)", ["2027-01-09T10:00:00Z", "2027-01-10T10:00:00Z", "2027-01-16T10:00:00Z"]],
    ["cron(00 04 ? * MON-SUN *)", ["2027-01-04T04:00:00Z", "2027-01-05T04:00:00Z", "2027-01-06T04:00:00Z"]],
    ["cron(0 9 ? * FRI-MON *)", ["2027-01-04T09:00:00Z", "2027-01-08T09:00:00Z", "2027-01-09T09:00:00Z"]],
    ["cron(0 22-3 * * ? *)", ["2027-01-04T00:00:00Z", "2027-01-04T01:00:00Z", "2027-01-04T02:00:00Z"]],
    ["cron(0 0 1 NOV-FEB ? *)", ["2027-02-01T00:00:00Z", "2027-11-01T00:00:00Z", "2027-12-01T00:00:00Z"]],
    ["cron(0 0 30-2 * ? *)", ["2027-01-30T00:00:00Z", "2027-01-31T00:00:00Z", "2027-02-01T00:00:00Z"]],
  ])("is what both its halves are: %s", (text, expected) => {
    expect(take(parseRule(text), { after, count: 3 })).toEqual(expected);
  });

  test("counts its step across the end of the field", () => {
    expect(take(parseRule("cron(0 21-3/3 * * ? *)"), { after, count: 4 })).toEqual([
      "2027-01-04T00:00:00Z",
      "2027-01-04T03:00:00Z",
      "2027-01-04T21:00:00Z",
      "2027-01-05T00:00:00Z",
    ]);
  });

  test.each([
    ["cron(0 10 ? * SAT-SUN *)", "At 10:00, only on Sunday and Saturday"],
    ["cron(0 9 ? * FRI-MON *)", "At 09:00, only on Sunday, Monday, Friday, and Saturday"],
    ["cron(0 4 ? * MON-SUN *)", "At 04:00, every day"],
  ])("is described by its values: %s", (text, sentence) => {
    expect(describeRule(parseRule(text))).toBe(sentence);
  });

  test.each([
    ["0 20-2 * * *", "20-23,0-2"],
    ["0 9 * * FRI-MON", "FRI-SAT,SUN-MON"],
  ])("is refused outside AWS's dialect, with two ranges instead: %s", (text, ranges) => {
    expect(() => parseRule(text)).toThrow(`such as ${ranges},`);
    const [range = ""] = /\S+-\S+/.exec(text.slice(2)) ?? [];
    expect(() => parseRule(text.replace(range, ranges))).not.toThrow();
  });
});

test("a step as long as its field is the field's first value, once each time round", () => {
  const question = { after, count: 30 };
  expect(take(parseRule("*/60 * * * *"), question)).toEqual(take(parseRule("0 * * * *"), question));
});

test.each([
  ["every 1 hours", "Every hour, counted from 1970-01-01 00:00:00Z"],
  ["every 1 minutes", "Every minute, counted from 1970-01-01 00:00:00Z"],
  ["every 1 days anchored at 2026-01-01T06:00:00Z", "Every day, in step with 2026-01-01 06:00:00Z"],
  ["every 10 minutes", "Every 10 minutes, counted from 1970-01-01 00:00:00Z"],
])("%s is said in plain words", (text, sentence) => {
  expect(describeRule(parseRule(text))).toBe(sentence);
});
