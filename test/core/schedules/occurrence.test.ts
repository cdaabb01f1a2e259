import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { defineJob } from "../../../shared/core/jobs/job.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { parseRule } from "../../../shared/core/rules/cron/parse-rule.ts";
import { every, type Rule, ruleSignature } from "../../../shared/core/rules/rule.ts";
import {
  formerRuleOf,
  parseRuleText,
  type RuleText,
  ruleOf,
  ruleTextSchema,
} from "../../../shared/core/rules/stored-rule.ts";
import {
  type LedgerEntry,
  ledgerEntrySchema,
  ledgerPlace,
  skippedByWorker,
} from "../../../shared/core/schedules/ledger-entry.ts";
import { instantOf, occurrenceKey } from "../../../shared/core/schedules/occurrence.ts";
import { firstAt, instants } from "../../../shared/core/schedules/plan.ts";
import { schedule } from "../../../shared/core/schedules/schedule.ts";
import {
  nextCheckAt,
  replaceRow,
  type ScheduleRow,
  scheduleRowSchema,
} from "../../../shared/core/schedules/schedule-row.ts";
import { aSchedule, fullSchedule, withoutNext } from "../../../shared/testing/contract/rows.ts";
import { now } from "../runs/any-run.ts";
import { hour, minute } from "./dispatching.ts";

const year = 366 * 24 * hour;

/** The first instants of a rule, from the new year on. */
const some = (rule: Rule, count = 40): readonly number[] =>
  instants(rule, firstAt(rule, now), now + 5 * year, count);

describe("a rule that was stored as text", () => {
  test.each<[string, RuleText, Rule]>([
    ["an interval", { text: "every 90 seconds" }, every("90 seconds")],
    ["cron in UTC", { text: "0 3 * * *" }, parseRule("0 3 * * *")],
    [
      "cron in a zone",
      { text: "30 2 * * *", zone: "Europe/Madrid" },
      parseRule("30 2 * * *", "Europe/Madrid"),
    ],
    [
      "cron with its own days of the clocks",
      { text: "30 2 * * *", zone: "Europe/Madrid", dst: { gap: "skip", overlap: "both" } },
      parseRule("30 2 * * *", "Europe/Madrid", { dst: { gap: "skip", overlap: "both" } }),
    ],
    ["AWS's own", { text: "cron(0 12 ? * MON *)" }, parseRule("cron(0 12 ? * MON *)")],
    ["a rate", { text: "rate(5 minutes)" }, parseRule("rate(5 minutes)")],
  ])("is the same rule: %s", (_, text, rule) => {
    const parsed = parseRuleText(ruleTextSchema.parse(JSON.parse(JSON.stringify(text))));
    expect(some(parsed, 400)).toEqual(some(rule, 400));
    expect([parsed.text, parsed.zone, parsed.dst]).toEqual([rule.text, rule.zone, rule.dst]);
  });

  test("lies from its start until just before its end", () => {
    const bounds = { start: now + hour, end: now + 4 * hour };
    const hours = (text: RuleText) => some(parseRuleText(text), 9).map((at) => (at - now) / hour);
    expect(hours({ text: "every 1 hour", ...bounds })).toEqual([1, 2, 3]);
    expect(hours({ text: "every 1 hour", end: bounds.end })).toEqual([0, 1, 2, 3]);
    expect(hours({ text: "every 1 hour", start: bounds.start })).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(hours({ text: "every 1 hour", start: now + 1, end: now + hour + 1 })).toEqual([1]);
    expect(hours({ text: "at 2026-01-01T00:00:00Z", start: now + 1 })).toEqual([]);
  });

  test("is due when any of several is, but not on days that are left out", () => {
    const text = { text: "0 9 * * MON-FRI", or: ["0 12 * * SAT"], zone: "Europe/Madrid" };
    const days = (more: object) =>
      some(parseRuleText({ ...text, ...more }), 3).map((at) => new Date(at).toISOString());
    expect(days({})).toEqual([
      "2026-01-01T08:00:00.000Z",
      "2026-01-02T08:00:00.000Z",
      "2026-01-03T11:00:00.000Z",
    ]);
    expect(days({ except: ["2026-01-01", "2026-01-03"] })).toEqual([
      "2026-01-02T08:00:00.000Z",
      "2026-01-05T08:00:00.000Z",
      "2026-01-06T08:00:00.000Z",
    ]);
    const daily = parseRuleText({ text: "every 1 day", except: ["2026-01-01"] });
    expect(some(daily, 1)).toEqual([now + 24 * hour]);
  });

  const anyText = fc.record(
    {
      text: fc.constantFrom("0 3 * * *", "*/7 * * * *", "30 2 * * 0", "every 17 minutes", "rate(1 hour)"),
      zone: fc.constantFrom("Europe/Madrid", "America/New_York", "UTC"),
      dst: fc.record({
        gap: fc.constantFrom("run-after-gap" as const, "skip" as const),
        overlap: fc.constantFrom("first" as const, "second" as const, "both" as const),
      }),
      start: fc.integer({ min: now, max: now + year }),
      end: fc.integer({ min: now, max: now + year }),
    },
    { requiredKeys: ["text"] },
  );

  test("comes back from the table, bounds and all", () => {
    fc.assert(
      fc.property(anyText, (made) => {
        const text = ruleTextSchema.parse(JSON.parse(JSON.stringify(made)));
        expect(text).toEqual(made);
        const { start = 0, end = Number.POSITIVE_INFINITY } = text;
        const whole = parseRule(text.text, text.zone, text.dst ? { dst: text.dst } : {});
        const expected = instants(whole, firstAt(whole, Math.max(now, start)), end - 1, 20);
        expect(some(parseRuleText(text), 20)).toEqual(expected);
      }),
    );
  });
});

describe("the rule of a stored schedule", () => {
  const job = defineJob({ name: "heartbeat", run: () => undefined });
  const rule = every("1 hour");
  const registry = defineRegistry([job], [schedule(rule, job)]);
  const row = (more: Partial<ScheduleRow>) => aSchedule("heartbeat", more);

  test("is what the code says, when the code made it", () => {
    expect(ruleOf(row({ source: "code", rule: { text: "every 1 hour" } }), registry)).toBe(rule);
  });

  test("is unknown to code that says something else, being older or newer", () => {
    expect(ruleOf(row({ source: "code", rule: { text: "every 2 hours" } }), registry)).toBeUndefined();
  });

  test("is what its text says, when an operator made it", () => {
    expect(ruleOf(row({ source: "runtime", rule: { text: "every 2 hours" } }), registry)?.text).toBe(
      "every 2 hours",
    );
  });

  test("is gone with the code that said it, or when this code does not know such a text", () => {
    expect(ruleOf({ ...row({ source: "code" }), name: "removed" }, registry)).toBeUndefined();
    expect(ruleOf(row({ source: "runtime", rule: { text: "at dawn" } }), registry)).toBeUndefined();
  });
});

describe("a schedule's row", () => {
  test("reads back as it was written", () => {
    for (const row of [fullSchedule("nightly"), aSchedule("nightly"), withoutNext(aSchedule("nightly"))]) {
      expect(scheduleRowSchema.parse(JSON.parse(JSON.stringify(row)))).toEqual(row);
    }
  });

  test.each([
    { version: 0 },
    { source: "unknown" },
    { state: "asleep" },
    { lane: "urgent" },
    { rule: "every 1 hour" },
    { policy: { ...aSchedule("s").policy, catchUp: "some" } },
    { nextFireAt: 1.5 },
  ])("is refused with %j", (wrong) => {
    expect(scheduleRowSchema.safeParse({ ...aSchedule("s"), ...wrong }).success).toBe(false);
  });

  test.each<[Partial<ScheduleRow>, number | undefined]>([
    [{ state: "active" }, now],
    [{ state: "active", nextFireAt: undefined } as object, undefined],
    [{ state: "active", pausedUntil: now + hour }, now],
    [{ state: "paused" }, undefined],
    [{ state: "paused", pausedUntil: now + hour }, now + hour],
    [{ state: "deleted" }, undefined],
    [{ state: "deleted", pausedUntil: now + hour }, undefined],
  ])("with %j is checked when its next change is due", (more, at) => {
    expect(nextCheckAt(aSchedule("s", { nextFireAt: now, ...more }))).toBe(at);
  });

  test("is replaced on condition that it is unchanged since it was read", () => {
    const [before, after] = [aSchedule("s"), aSchedule("s", { version: 2, nextFireAt: now })];
    expect(replaceRow(before, after)).toEqual({ row: after, when: { version: 1, nextFireAt: 60_000 } });
    expect(replaceRow(withoutNext(before), after).when).toEqual({ version: 1, nextFireAt: undefined });
  });

  test("begins at the first instant that is due, this very one included", () => {
    expect(firstAt(every("1 hour"), now)).toBe(now);
    expect(firstAt(every("1 hour"), now + 1)).toBe(now + hour);
    expect(firstAt(parseRule("at 2025-12-31T00:00:00Z"), now)).toBeUndefined();
  });
});

describe("a ledger", () => {
  const entry: LedgerEntry = {
    schedule: "s",
    at: now,
    recordedBy: "dispatcher",
    recordedAt: now + 9,
    fired: [now],
    caughtUp: 0,
    skipped: [],
  };

  test("reads back as it was written", () => {
    const full = { ...entry, skipped: [{ from: now, to: now + 1, count: 2, reason: "paused: " }] };
    expect(ledgerEntrySchema.parse(JSON.parse(JSON.stringify(full)))).toEqual(full);
    expect(ledgerEntrySchema.safeParse({ ...entry, recordedBy: "unknown" }).success).toBe(false);
  });

  test("orders its entries by their first instants", () => {
    const places = [
      entry,
      { ...entry, recordedAt: now + 10 },
      { ...entry, recordedBy: "worker" as const, recordedAt: now },
      { ...entry, at: now + minute, recordedAt: now },
    ].map(ledgerPlace);
    expect(places).toEqual(places.toSorted());
    expect(places[0]).toMatch(/^2026-01-01T00:00:00\.000Z#dispatcher#2026-01-01T00:00:00\.009Z#[\w-]{8}$/);
    expect(new Set(places).size).toBe(4);
    expect(ledgerPlace({ ...entry })).toBe(places[0]);
  });

  test("keeps two entries of one millisecond apart when they say different things", () => {
    const skipped = [{ from: now, to: now, count: 1, reason: "missed: the pipeline was not running" }];
    const others = [
      { ...entry, fired: [], skipped },
      { ...entry, fired: [now, now + minute] },
      { ...entry, job: "beat" },
    ];
    expect(new Set([entry, ...others].map(ledgerPlace)).size).toBe(4);
  });

  test("finds the same place for the same entry, in whichever order its fields come", () => {
    const { schedule, ...rest } = entry;
    expect(ledgerPlace({ ...rest, schedule, job: undefined })).toBe(ledgerPlace(entry));
  });

  test("has an entry for an occurrence that its worker skipped", () => {
    expect(
      skippedByWorker(
        { id: "beat:it", job: "beat", dueAt: now, generation: 2 },
        "s",
        now + 5,
        "paused: holidays",
      ),
    ).toEqual({
      schedule: "s",
      job: "beat",
      generation: 2,
      at: now,
      recordedBy: "worker",
      recordedAt: now + 5,
      fired: [],
      caughtUp: 0,
      skipped: [{ from: now, to: now, count: 1, reason: "paused: holidays" }],
    });
  });
});

describe("the rule that a row was planned by", () => {
  const job = defineJob({ name: "beat", run: () => undefined });
  const inCode = (rule: Rule) => defineRegistry([job], [schedule(rule, job, undefined, { name: "s" })]);
  const rowOf = (rule: Rule, source: "code" | "runtime" = "code"): ScheduleRow =>
    aSchedule("s", { source, rule: { text: ruleSignature(rule) } });

  test.each<[string, Rule]>([
    ["an interval", every("90 seconds")],
    ["cron in a zone", parseRule("30 2 * * *", "Europe/Madrid")],
    [
      "with its own days of the clocks",
      parseRule("30 2 * * *", "Europe/Madrid", { dst: { gap: "skip", overlap: "both" } }),
    ],
    ["AWS's own", parseRule("cron(0 12 ? * MON *)", "America/New_York")],
  ])("is read from its line when the code has another by now: %s", (_, former) => {
    const rule = formerRuleOf(rowOf(former), inCode(every("1 hour")));
    expect(rule && some(rule)).toEqual(some(former));
  });

  test("is the rule in code while both have the same text", () => {
    const rule = every("90 seconds");
    expect(formerRuleOf(rowOf(rule), inCode(rule))).toBe(rule);
  });

  test("is unknown when it has no stored text", () => {
    const calendar: Rule = { text: "when the moon is full", next: () => undefined };
    expect(formerRuleOf(rowOf(calendar), inCode(every("1 hour")))).toBeUndefined();
    expect(formerRuleOf(rowOf(calendar, "runtime"), inCode(every("1 hour")))).toBeUndefined();
    const broken: Rule = { ...calendar, text: "two\nlines" };
    expect(formerRuleOf(rowOf(broken), inCode(every("1 hour")))).toBeUndefined();
  });
});

test("a run's instant comes from its id, else from dueAt", () => {
  expect(instantOf({ id: "beat:s@2026-01-01T00:00:00Z", dueAt: now + minute }, "s")).toBe(now);
  expect(instantOf({ id: "beat:by-hand", dueAt: now + minute }, "s")).toBe(now + minute);
});

test("the id of an occurrence's run has milliseconds only when its instant has", () => {
  expect(occurrenceKey("daily", now)).toBe("daily@2026-01-01T00:00:00Z");
  expect(occurrenceKey("daily", now + 5)).toBe("daily@2026-01-01T00:00:00.005Z");
});
