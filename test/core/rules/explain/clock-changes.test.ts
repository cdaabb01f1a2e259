import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import type { CronRule } from "../../../../shared/core/rules/cron/cron-rule.ts";
import type { DstChoice } from "../../../../shared/core/rules/cron/dst.ts";
import { changesOf } from "../../../../shared/core/rules/explain/clock-changes.ts";
import { firesOf } from "../../../../shared/core/rules/explain/fires.ts";
import { jumpsOf } from "../../../../shared/core/rules/explain/jumps.ts";
import type { Rule } from "../../../../shared/core/rules/rule.ts";
import { firstAt, instants, isDueAt } from "../../../../shared/core/schedules/plan.ts";
import { anyOf, between, every, except } from "../../../../shared/index.ts";
import { cases } from "../../../cases.ts";
import { arbitraryCron, arbitraryZone } from "../cron/arbitrary.ts";

const day = 86_400_000;
const year = 366 * day;
const march = Date.parse("2026-03-01T00:00:00Z");

const changes = (rule: Rule, from = march) => changesOf(rule, from, from + year);

describe("a change of the clocks", () => {
  const newYork = (text: string) => cron(text, "America/New_York");

  test("has its days, its walls and what becomes of a rule's times", () => {
    expect(changes(newYork("30 2 * * *"))).toEqual([
      {
        at: "2026-03-08T07:00:00.000Z",
        kind: "gap",
        zone: "America/New_York",
        day: "Sun 2026-03-08",
        from: "02:00",
        to: "03:00",
        times: { count: 1, first: "02:30", last: "02:30" },
        gapEffect: "moved",
        effect: "02:30 does not exist: runs at 03:00 instead",
      },
      {
        at: "2026-11-01T06:00:00.000Z",
        kind: "overlap",
        zone: "America/New_York",
        day: "Sun 2026-11-01",
        from: "02:00",
        to: "01:00",
        effect: "no time of this rule comes twice",
      },
    ]);
  });

  test.each<[string, DstChoice, string, string]>([
    [
      "30 1 * * *",
      "skip",
      "no time of this rule is left out",
      "01:30 comes twice: runs the first time, 05:30Z",
    ],
    [
      "30 1 * * *",
      { overlap: "second" },
      "no time of this rule is left out",
      "01:30 comes twice: runs the second time, 06:30Z",
    ],
    [
      "30 1 * * *",
      { overlap: "both" },
      "no time of this rule is left out",
      "01:30 comes twice: runs both times",
    ],
    ["30 2 * * *", "skip", "02:30 does not exist: skipped", "no time of this rule comes twice"],
    [
      "15 0,30 1,2 * * *",
      {},
      "2 times from 02:00:15 to 02:30:15 do not exist: run once, at 03:00 instead",
      "2 times from 01:00:15 to 01:30:15 come twice: run the first time",
    ],
    [
      "*/20 * * * *",
      {},
      "3 times from 02:00 to 02:40 do not exist: the interval continues in real time",
      "3 times from 01:00 to 01:40 come twice: run both times",
    ],
  ])("does to %s under %j: %s; %s", (text, dst, gap, overlap) => {
    expect(changes(newYork(text).withDst(dst)).map(({ effect }) => effect)).toEqual([gap, overlap]);
  });

  test("at midnight is reported for the day whose times it affects, and a lost day with both dates", () => {
    const notesOf = (zone: string, from: string) =>
      changes(cron("0 12 30 * *", zone), Date.parse(from)).map(({ day, from, to }) => `${day} ${from} ${to}`);
    expect(notesOf("America/Havana", "2026-01-01T00:00:00Z")).toEqual([
      "Sun 2026-03-08 00:00 01:00",
      "Sun 2026-11-01 01:00 00:00",
    ]);
    expect(notesOf("America/Asuncion", "2023-01-01T00:00:00Z")).toEqual([
      "Sat 2023-03-25 00:00 on 2023-03-26 23:00",
      "Sun 2023-10-01 00:00 01:00",
    ]);
    expect(notesOf("Pacific/Apia", "2011-11-01T00:00:00Z")[0]).toBe(
      "Fri 2011-12-30 00:00 00:00 on 2011-12-31",
    );
  });

  test.each([
    ["30 * * * *", "America/New_York", "continues"],
    ["*/40 * * * *", "America/New_York", "continues"],
    ["cron(5 * * * ? *)", "America/New_York", "continues"],
    ["*/15 2 * * *", "America/New_York", "skipped"],
    ["*/15 2,3 * * *", "America/New_York", "skipped"],
    ["0 */2 * * *", "America/New_York", "skipped"],
    ["cron(30 2,3 * * ? *)", "America/New_York", "skipped"],
    ["0 0 * 8 3 * 2026", "America/New_York", "continues"],
    ["0 0 2 8 3 * 2026", "America/New_York", "moved"],
    ["59 59 * 4 10 * 2026", "Australia/Lord_Howe", undefined],
    ["0 * * * *", "Australia/Lord_Howe", "skipped"],
  ])("is called a loss of %s in %s only where runs are lost: %s", (text, zone, effect) => {
    expect(changes(cron(text, zone)).find(({ kind }) => kind === "gap")?.gapEffect).toBe(effect);
  });

  test("is reported as a skip when the rule ends in the gap", () => {
    const rule = cron("59 59 * 29 3 * 2026", "Europe/Madrid");
    const last = cron("0 0,30 * 28 3 * 2026", "America/Nuuk");
    expect(changes(rule)[0]?.gapEffect).toBe("continues");
    expect(changes(last)[0]).toMatchObject({ day: "Sat 2026-03-28", gapEffect: "skipped" });
  });

  const notesOf = (rule: Rule) =>
    changes(rule).map(({ day, zone, part, effect }) => [day, zone, part ?? "", effect].join(" | "));

  test("does to a combined rule what it does to each part that it touches", () => {
    const rule = anyOf(newYork("30 2 * * *"), newYork("45 2 * * *").withDst("skip"), every("1 hour"));
    expect(notesOf(rule)).toEqual([
      "Sun 2026-03-08 | America/New_York | 30 2 * * * | 02:30 does not exist: runs at 03:00 instead",
      "Sun 2026-03-08 | America/New_York | 45 2 * * * | 02:45 does not exist: skipped",
      "Sun 2026-11-01 | America/New_York |  | no time of this rule comes twice",
    ]);
  });

  test("is reported for each zone, in the order of time", () => {
    expect(notesOf(anyOf(cron("30 2 * * *", "Europe/Madrid"), newYork("0 9 * * *")))).toEqual([
      "Sun 2026-03-08 | America/New_York |  | no time of this rule is left out",
      "Sun 2026-03-29 | Europe/Madrid | 30 2 * * * | 02:30 does not exist: runs at 03:00 instead",
      "Sun 2026-10-25 | Europe/Madrid | 30 2 * * * | 02:30 comes twice: runs the first time, 00:30Z",
      "Sun 2026-11-01 | America/New_York |  | no time of this rule comes twice",
    ]);
  });

  test("has no effect on days that a combined rule excludes", () => {
    const nightly = newYork("30 1,2 * * *");
    const [kept, out] = ["2026-03-08", "2026-11-01"];
    const effects = (rule: Rule) => changes(rule).map(({ times }) => times?.count ?? 0);
    expect(effects(between(except(nightly, { dates: [out] }), {}))).toEqual([1, 0]);
    expect(effects(anyOf(except(nightly, { dates: [kept] }), every("1 day")))).toEqual([0, 1]);
    expect(effects(between(nightly, { end: "2026-06-01T00:00:00Z" }))).toEqual([1, 0]);
    expect(effects(between(nightly, { end: "2026-03-08T07:00:00Z" }))).toEqual([0, 0]);
    expect(effects(between(nightly, { end: "2026-11-01T06:00:00Z" }))).toEqual([1, 1]);
  });

  test("is not reported for a user-defined rule", () => {
    const own = { text: "by the tides", zone: "America/New_York", next: () => undefined };
    expect(notesOf(anyOf(own, newYork("30 9 * * *")))[0]).toBe(
      "Sun 2026-03-08 | America/New_York | by the tides | the rule itself decides what becomes of its times",
    );
  });

  test("is not reported in a zone without clock changes", () => {
    expect(changes(cron("30 2 * * *"))).toEqual([]);
  });
});

describe("for any rule, zone and policy", () => {
  const anyDst = fc.record({
    gap: fc.constantFrom("run-after-gap" as const, "skip" as const),
    overlap: fc.constantFrom("first" as const, "second" as const, "both" as const),
  });
  const anyRule = fc
    .tuple(arbitraryCron, arbitraryZone, anyDst)
    .map(([{ text }, zone, dst]) => cron(text, zone, { dst, allowNever: true }));
  const anyYear = fc.integer({ min: 1_990, max: 2_030 }).map((year) => Date.UTC(year, 0, 1));
  const iso = (ms: number): string => new Date(ms).toISOString();

  /** Around each change of a year: what the rule has there. */
  const aroundChanges = (rule: CronRule, from: number) =>
    jumpsOf(rule.zone, from, from + year).flatMap(({ at }) =>
      instants(rule, firstAt(rule, at - day), at + day, 3_000),
    );

  test("an occurrence is marked as moved when skipping gaps would lose it", () => {
    fc.assert(
      fc.property(anyRule, anyYear, (rule, from) => {
        const due = aroundChanges(rule, from);
        const skipping = rule.withDst("skip");
        const lost = due.filter((at) => !isDueAt(skipping, at)).map(iso);
        const fires = due.flatMap((first) => firesOf(rule, { first, count: 1, zone: rule.zone }));
        const moved = fires.filter(({ clock }) => clock === "moved").map(({ at }) => at);
        expect(moved).toEqual(expect.arrayContaining(lost));
      }),
      cases(30),
    );
  });

  test("a copy is marked as such when another policy would take the other copy", () => {
    fc.assert(
      fc.property(anyRule, anyYear, (rule, from) => {
        const both = rule.withDst({ overlap: "both", gap: "skip" });
        const due = aroundChanges(both, from);
        const isLost = (overlap: "first" | "second") => (at: number) =>
          !isDueAt(both.withDst({ overlap }), at);
        const fires = due.flatMap((first) => firesOf(both, { first, count: 1, zone: rule.zone }));
        const marked = (mark: string) => fires.filter(({ clock }) => clock === mark).map(({ at }) => at);
        expect(marked("first-copy")).toEqual(due.filter(isLost("second")).map(iso));
        expect(marked("second-copy")).toEqual(due.filter(isLost("first")).map(iso));
      }),
      cases(30),
    );
  });

  test("a change counts the times that come twice, and those that are left out", () => {
    fc.assert(
      fc.property(anyRule, anyYear, (rule, from) => {
        for (const jump of jumpsOf(rule.zone, from, from + year)) {
          const [change] = changesOf(rule, jump.at - 1, jump.at);
          const { kind, times } = change ?? {};
          const [both, first] = (["both", "first"] as const).map((overlap) =>
            rule.withDst({ overlap, gap: "skip" }),
          );
          const count = (one: CronRule | undefined) =>
            one ? instants(one, firstAt(one, jump.at - day), jump.at + day, 10_000).length : 0;
          if (kind === "overlap") expect(times?.count ?? 0).toBe(count(both) - count(first));
          else expect(isDueAt(rule.withDst("run-after-gap"), jump.at) || times === undefined).toBe(true);
        }
      }),
      cases(30),
    );
  });
});
