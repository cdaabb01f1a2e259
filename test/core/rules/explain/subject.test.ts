import { describe, expect, test } from "@jest/globals";
import { anyOf } from "../../../../shared/core/rules/cron/combine.ts";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import {
  explainSubject,
  isScheduleName,
  type Subject,
} from "../../../../shared/core/rules/explain/subject.ts";
import { every } from "../../../../shared/core/rules/rule.ts";
import { schedulePolicy } from "../../../../shared/core/schedules/policy.ts";

const question = { from: Date.parse("2026-03-06T12:00:00Z"), count: 1 };
const nightly = cron("30 2 * * *", "Europe/Madrid");

describe("the subject of an explanation", () => {
  test("is a rule, or a schedule with its job and policy", () => {
    const schedule = { name: "nightly", job: "report", policy: schedulePolicy({ overlap: "skip" }) };
    expect(explainSubject({ rule: nightly, schedule }, question)).toMatchObject({
      schedule: "nightly",
      job: "report",
      rule: "30 2 * * *",
      policies: [{}, {}, { about: "catchUp" }, { about: "overlap" }],
    });
    expect(explainSubject({ rule: nightly }, question)).not.toHaveProperty("schedule");
  });

  test("uses the given DST policy in place of its own", () => {
    const dst = { gap: "skip", overlap: "both" } as const;
    expect(explainSubject({ rule: nightly }, { ...question, dst }).dst).toEqual(dst);
  });

  test.each<[string, Subject]>([
    ["every 1 hour", { rule: every("1 hour") }],
    ["30 2 * * * (Europe/Madrid) or every 1 hour", { rule: anyOf(nightly, every("1 hour")) }],
  ])("refuses a DST policy for %s", (text, subject) => {
    expect(() => explainSubject(subject, { ...question, dst: { gap: "skip" } })).toThrow(
      `dst: expected one cron expression, got "${text}"; leave it out`,
    );
  });
});

test.each([
  ["weather-monthly", true],
  ["30 2 * * *", false],
  ["@daily", false],
  ["cron(0 12 ? * 2 *)", false],
])("%s is the name of a schedule: %p", (text, isName) => {
  expect(isScheduleName(text)).toBe(isName);
});
