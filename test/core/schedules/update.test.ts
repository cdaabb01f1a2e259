import { describe, expect, test } from "@jest/globals";
import { every } from "../../../shared/core/rules/rule.ts";
import { schedulePolicy } from "../../../shared/core/schedules/policy.ts";
import type { ScheduleRow } from "../../../shared/core/schedules/schedule-row.ts";
import { firstRow, hasSameRule, ledgerLimit, updateRow } from "../../../shared/core/schedules/update.ts";
import { now } from "../runs/any-run.ts";
import { scheduleRow } from "./any-schedule.ts";

const minute = 60_000;
const limited = schedulePolicy({ minInterval: "10 minutes" });
const sameRule = { now, isSameRule: true };
const otherRule = { now, isSameRule: false };

/** A schedule that was planned up to a minute from now. */
const before = scheduleRow({ version: 3, nextFireAt: now + minute, lastFiredAt: now - minute });
/** What an edit wants, due from two minutes from now on. */
const wanted = (more: Partial<ScheduleRow> = {}) => scheduleRow({ nextFireAt: now + 2 * minute, ...more });
const update = (
  row: ScheduleRow,
  more: Partial<ScheduleRow> = {},
  { fired = [], ...facts }: { now: number; isSameRule: boolean; fired?: readonly number[] } = sameRule,
) => updateRow(row, wanted(more), { ...facts, fired });

describe("firstRow", () => {
  const definition = {
    name: "daily",
    source: "code",
    job: { name: "greet", lane: "high" },
    rule: every("1 hour"),
    ruleText: { text: "every 1 hour" },
    policy: limited,
  } as const;

  test("is version 1, active and due at the first instant from now on", () => {
    expect(firstRow({ ...definition, input: '"rye"' }, now)).toMatchObject({
      version: 1,
      state: "active",
      job: "greet",
      lane: "high",
      input: '"rye"',
      nextFireAt: Math.ceil(now / (60 * minute)) * 60 * minute,
    });
  });

  test("has no input when there is none", () => {
    expect(firstRow({ ...definition, input: undefined }, now)).not.toHaveProperty("input");
  });
});

describe("hasSameRule", () => {
  const or = ["at 2027-01-01T00:00:00Z", "at 2028-01-01T00:00:00Z"];

  test("is false when any part of a rule made at run time is another", () => {
    expect(hasSameRule(before, wanted())).toBe(true);
    expect(hasSameRule(before, wanted({ rule: { text: "every 1 hour", or } }))).toBe(false);
    expect(hasSameRule(before, wanted({ rule: { text: "every 2 hours" } }))).toBe(false);
  });

  test("compares the text alone of a rule in the code", () => {
    const rule = { text: "every 1 hour", zone: "Europe/Berlin" };
    expect(hasSameRule({ ...before, source: "code" }, wanted({ source: "code", rule }))).toBe(true);
  });

  test("is false after a deletion", () => {
    expect(hasSameRule({ ...before, state: "deleted" }, wanted())).toBe(false);
  });
});

describe("updateRow", () => {
  test("takes what is wanted as the next version", () => {
    const row = update(before, { input: '"rye"', inputHash: "other", lane: "low", policy: limited });
    expect(row).toMatchObject({
      version: 4,
      input: '"rye"',
      inputHash: "other",
      lane: "low",
      policy: limited,
    });
  });

  test.each([
    ["continues with the same rule", {}, sameRule, now + minute],
    ["starts from now with another rule", {}, otherRule, now + 2 * minute],
    ["plans again what was sent ahead when the job changes", { job: "bill", nextFireAt: now }, sameRule, now],
    ["keeps an instant that is overdue when the job changes", { job: "bill" }, sameRule, now + minute],
    [
      "keeps the next instant when the rule has none from now on",
      { nextFireAt: undefined },
      sameRule,
      now + minute,
    ],
  ])("%s", (_, more, facts, nextFireAt) => {
    expect(update(before, more, facts).nextFireAt).toBe(nextFireAt);
  });

  test("is due again when it was over", () => {
    const { nextFireAt: _none, ...over } = before;
    expect(update(over).nextFireAt).toBe(now + 2 * minute);
  });

  test("records the former job", () => {
    expect(update(before, { job: "bill" }).formerJobs).toMatchObject([{ job: "greet", changedAt: now }]);
    expect(update(before)).not.toHaveProperty("formerJobs");
  });

  const pause = { pauseReason: "storm", pausedUntil: now + 5 * minute };
  const paused = { ...before, ...pause, state: "paused" } as const;
  test.each([
    ["keeps the pause of an edited schedule", paused, "runtime", { state: "paused", ...pause }],
    [
      "keeps the pause of a code schedule that a deploy brings back",
      { ...paused, source: "code", state: "deleted" },
      "code",
      { state: "paused", ...pause },
    ],
    [
      "has no pause when a deleted schedule's name is reused at run time",
      { ...paused, state: "deleted" },
      "runtime",
      { state: "active" },
    ],
    [
      "has no pause when the code takes a name that was made at run time",
      { ...paused, state: "deleted" },
      "code",
      { state: "active" },
    ],
  ] as const)("%s", (_, row, source, expected) => {
    const { state, pauseReason, pausedUntil } = update(row, { source }, otherRule);
    expect({ state, ...(pauseReason !== undefined && { pauseReason, pausedUntil }) }).toEqual(expected);
  });
});

describe("lastFiredAt after an update", () => {
  const ahead = { ...before, lastFiredAt: now + minute, nextFireAt: now + 2 * minute };

  test("stays when it is over", () => {
    expect(update(before).lastFiredAt).toBe(before.lastFiredAt);
    expect(ledgerLimit(before, wanted({ policy: limited }), sameRule)).toBeUndefined();
  });

  test("stays when neither the rule before nor the wanted one has another instant", () => {
    const over = scheduleRow({ version: 3, nextFireAt: undefined, lastFiredAt: now - minute });
    expect(update(over, { nextFireAt: undefined }).lastFiredAt).toBe(now - minute);
  });

  test("is absent when it was sent ahead by another rule and no minimal interval needs it", () => {
    expect(update(ahead, {}, otherRule)).not.toHaveProperty("lastFiredAt");
    expect(ledgerLimit(ahead, wanted(), otherRule)).toBeUndefined();
  });

  test("comes from the ledger when a minimal interval needs it", () => {
    expect(ledgerLimit(ahead, wanted({ policy: limited }), otherRule)).toBe(now + 1);
    const fired = [now + minute, now - minute, now - 2 * minute];
    expect(update(ahead, { policy: limited }, { ...otherRule, fired }).lastFiredAt).toBe(now - minute);
    expect(update(ahead, { policy: limited }, otherRule)).not.toHaveProperty("lastFiredAt");
  });

  test("is before the instants that are planned again for another job", () => {
    const more = { job: "bill", nextFireAt: now - minute, policy: limited };
    expect(ledgerLimit(ahead, wanted(more), sameRule)).toBe(now - minute);
    expect(update(ahead, more, { ...sameRule, fired: [now, now - 3 * minute] }).lastFiredAt).toBe(
      now - 3 * minute,
    );
  });

  test("is absent when a deleted schedule's name is reused at run time", () => {
    const deleted = { ...ahead, state: "deleted" } as const;
    expect(ledgerLimit(deleted, wanted({ policy: limited }), otherRule)).toBeUndefined();
    expect(update(deleted, { policy: limited }, otherRule)).not.toHaveProperty("lastFiredAt");
  });
});
