import { describe, expect, test } from "@jest/globals";
import { anyOf, between } from "../../../../shared/core/rules/cron/combine.ts";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { parseRule } from "../../../../shared/core/rules/cron/parse-rule.ts";
import { firesOf } from "../../../../shared/core/rules/explain/fires.ts";
import { every, type Rule } from "../../../../shared/core/rules/rule.ts";
import { firstAt } from "../../../../shared/core/schedules/plan.ts";

const marked = (rule: Rule, from: string, count: number, zone = rule.zone ?? "UTC") =>
  firesOf(rule, { first: firstAt(rule, Date.parse(from)) ?? 0, count, zone }).map(
    ({ weekday, local, abbreviation, offset, clock, notes }) =>
      [weekday, local.slice(0, 16), abbreviation ?? offset, clock ?? "", ...notes].join(" ").trim(),
  );

describe("clockNotes of occurrences", () => {
  test("mark an occurrence that a DST gap moved", () => {
    expect(marked(cron("30 2 * * *", "Europe/Madrid"), "2026-03-28T00:00:00Z", 3)).toEqual([
      "Sat 2026-03-28 02:30 CET",
      "Sun 2026-03-29 03:00 CEST moved moved from 02:30",
      "Mon 2026-03-30 02:30 CEST",
    ]);
    expect(marked(cron("0,30 2 * * *", "Europe/Madrid"), "2026-03-29T00:00:00Z", 1)).toEqual([
      "Sun 2026-03-29 03:00 CEST moved stands for 2 times from 02:00 to 02:30",
    ]);
    expect(marked(cron("0 3 * * *", "Europe/Madrid"), "2026-03-29T00:00:00Z", 1)).toEqual([
      "Sun 2026-03-29 03:00 CEST change-day clocks change this day",
    ]);
  });

  test("mark no occurrence as moved when the policy skips times in a gap", () => {
    expect(marked(cron("0 3 * * *", "Europe/Madrid").withDst("skip"), "2026-03-29T00:00:00Z", 1)).toEqual([
      "Sun 2026-03-29 03:00 CEST change-day clocks change this day",
    ]);
  });

  test("distinguish the first and the second copy of a repeated time", () => {
    expect(marked(cron("*/30 * * * *", "Europe/Madrid"), "2026-10-25T00:00:00Z", 5)).toEqual([
      "Sun 2026-10-25 02:00 CEST first-copy first 02:00 of two",
      "Sun 2026-10-25 02:30 CEST first-copy first 02:30 of two",
      "Sun 2026-10-25 02:00 CET second-copy second 02:00 of two",
      "Sun 2026-10-25 02:30 CET second-copy second 02:30 of two",
      "Sun 2026-10-25 03:00 CET change-day clocks change this day",
    ]);
  });

  test("mark the days of a change, before and after it", () => {
    expect(marked(cron("0 0,12 * * *", "Europe/Madrid"), "2026-10-24T12:00:00Z", 3)).toEqual([
      "Sun 2026-10-25 00:00 CEST change-day clocks change this day",
      "Sun 2026-10-25 12:00 CET change-day clocks change this day",
      "Mon 2026-10-26 00:00 CET",
    ]);
  });

  test("follow the rule's zone, not the zone of the display", () => {
    const rule = cron("30 2 * * *", "Europe/Madrid");
    expect(marked(rule, "2026-03-29T00:00:00Z", 1, "Asia/Kolkata")).toEqual([
      "Sun 2026-03-29 06:30 +05:30 moved moved from 02:30",
    ]);
  });

  const madrid = (text: string) => cron(text, "Europe/Madrid");

  test("are for a combined rule the notes of its parts", () => {
    const rule = between(madrid("30 2 * * *"), { end: "2030-01-01T00:00:00Z" });
    expect(marked(rule, "2026-03-29T00:00:00Z", 1)).toEqual([
      "Sun 2026-03-29 03:00 CEST moved moved from 02:30",
    ]);
    const some = anyOf(madrid("0 3 * * *"), madrid("30 2 * * *"), madrid("15,30 2 * * *"), every("1 hour"));
    expect(marked(some, "2026-03-29T00:00:00Z", 3, "Europe/Madrid")).toEqual([
      "Sun 2026-03-29 01:00 CET",
      "Sun 2026-03-29 03:00 CEST moved moved from 02:30 stands for 2 times from 02:15 to 02:30",
      "Sun 2026-03-29 04:00 CEST",
    ]);
    const twice = anyOf(madrid("0 3 * * *"), madrid("0 3,9 * * *"));
    expect(marked(twice, "2026-03-29T00:00:00Z", 1, "Europe/Madrid")).toEqual([
      "Sun 2026-03-29 03:00 CEST change-day clocks change this day",
    ]);
  });

  test("name the zone where there are several", () => {
    const rule = anyOf(madrid("30 2 * * *"), cron("0 1 * * *"));
    expect(marked(rule, "2026-03-29T00:00:00Z", 1)).toEqual([
      "Sun 2026-03-29 01:00 UTC moved moved from 02:30 (Europe/Madrid)",
    ]);
  });

  test.each(["rate(30 minutes)", "every 30 minutes"])("are absent from %s, which no clock moves", (text) => {
    const rule = parseRule(text, "Europe/Madrid");
    expect(marked(rule, "2026-10-25T00:30:00Z", 1, "Europe/Madrid")).toEqual(["Sun 2026-10-25 02:30 CEST"]);
  });
});
