import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { at, every, type Rule } from "../../../shared/core/rules/rule.ts";
import { paused, resumed, tombstone } from "../../../shared/core/schedules/pause.ts";
import { instants, skipAll } from "../../../shared/core/schedules/plan.ts";
import { nextCheckAt } from "../../../shared/core/schedules/schedule-row.ts";
import { aSchedule, withoutNext } from "../../../shared/testing/contract/rows.ts";
import { now } from "../runs/any-run.ts";
import { dueIn, hour, minute, on, second } from "./dispatching.ts";

const hourly = every("1 hour");
const row = aSchedule("nightly", { nextFireAt: now, lastFiredAt: now - hour, version: 3 });

describe("a schedule that is paused", () => {
  test("stays paused until it is resumed", () => {
    const stopped = paused(row, "holidays");
    expect(stopped).toEqual({ ...row, state: "paused", version: 4, pauseReason: "holidays" });
    expect(nextCheckAt(stopped)).toBeUndefined();
  });

  test("is checked when its pause is over", () => {
    const stopped = paused(row, "holidays", now + hour);
    expect(stopped).toMatchObject({ state: "paused", pausedUntil: now + hour, nextFireAt: now });
    expect(nextCheckAt(stopped)).toBe(now + hour);
  });

  test("takes the reason and the end of a second pause", () => {
    const again = paused(paused(row, "holidays", now + hour), "no money");
    expect(again).toEqual({ ...row, state: "paused", version: 5, pauseReason: "no money" });
  });

  test("has no next check when it is deleted, and keeps its reason", () => {
    const gone = tombstone(paused(row, "holidays", now + hour));
    expect(gone).toEqual({ ...withoutNext(row), state: "deleted", version: 5, pauseReason: "holidays" });
    expect(nextCheckAt(gone)).toBeUndefined();
  });

  test("keeps the instants that were not planned before the pause", () => {
    expect(paused(withoutNext(row), "holidays")).not.toHaveProperty("nextFireAt");
  });
});

describe("a schedule that is resumed", () => {
  const stopped = paused(row, "holidays", now + 5 * hour);
  const { version: _, nextFireAt: __, ...kept } = row;

  test("continues with the next due instant and returns the skipped ones", () => {
    expect(resumed(stopped, hourly, now + 2.5 * hour)).toEqual({
      row: { ...kept, version: 5, nextFireAt: now + 3 * hour },
      skipped: [{ from: now, to: now + 2 * hour, count: 3, reason: "paused: holidays" }],
    });
  });

  test("runs the occurrence that is due at the instant of resuming", () => {
    const { row: awake, skipped } = resumed(stopped, hourly, now + 2 * hour);
    expect(awake.nextFireAt).toBe(now + 2 * hour);
    expect(skipped).toEqual([{ from: now, to: now + hour, count: 2, reason: "paused: holidays" }]);
  });

  test("skips nothing when nothing was due", () => {
    const later = { ...stopped, nextFireAt: now + 9 * hour };
    expect(resumed(later, hourly, now + hour)).toMatchObject({
      row: { nextFireAt: now + 9 * hour },
      skipped: [],
    });
    const spent = resumed(withoutNext(stopped), hourly, now + hour);
    expect(spent).toEqual({ row: { ...kept, version: 5 }, skipped: [] });
  });

  test("has no next instant when the last one was skipped", () => {
    const once = resumed(stopped, at(new Date(now)), now + hour);
    expect(once.row).not.toHaveProperty("nextFireAt");
    expect(once.skipped).toEqual([{ from: now, to: now, count: 1, reason: "paused: holidays" }]);
  });

  test("needs no reason", () => {
    const { pauseReason: _, ...bare } = stopped;
    expect(resumed(bare, hourly, now + 1).skipped[0]?.reason).toBe("paused: ");
  });

  test("keeps its interval when its rule is fixed-delay", () => {
    const fixedDelay = every("90 seconds", { anchor: "fixed-delay" });
    expect(resumed(stopped, fixedDelay, now - hour).row.nextFireAt).toBe(now);
    expect(resumed(stopped, fixedDelay, now + 100 * second)).toMatchObject({
      row: { nextFireAt: now + 180 * second },
      skipped: [{ from: now, to: now + 90 * second, count: 2 }],
    });
  });
});

describe("skipping all that is due before an instant", () => {
  test("leaves no gap before the next due instant", () => {
    const anyRule = fc.oneof(
      fc.constantFrom("1 second", "7 seconds", "1 minute").map((text) => every(text as "1 second")),
      fc
        .uniqueArray(fc.nat(300), { minLength: 1, maxLength: 20 })
        .map((all) => on(...all.sort((a, b) => a - b).map((s) => now + s * second))),
    );
    fc.assert(
      fc.property(anyRule, fc.integer({ min: -minute, max: 5 * minute }), (rule, ms) => {
        const due = dueIn(rule, now, now + hour);
        const { skipped, nextFireAt } = skipAll(rule, due[0], now + ms, "why");
        const gone = due.filter((instant) => instant < now + ms);
        expect(skipped.flatMap(({ from, to }) => dueIn(rule, from, to))).toEqual(gone);
        expect(skipped.map(({ count }) => count)).toEqual(gone.length === 0 ? [] : [gone.length]);
        expect(nextFireAt).toBe(due[gone.length]);
      }),
    );
  });

  test("counts no more than 10,000, and reports all of them", () => {
    const secondly = every("1 second");
    const before = now + 200_000 * second;
    expect(skipAll(secondly, now, before, "why")).toEqual({
      skipped: [{ from: now, to: before - second, count: 10_000, reason: "why" }],
      nextFireAt: before,
    });
    const fixedDelay = skipAll(every("1 second", { anchor: "fixed-delay" }), now, before, "why");
    expect(fixedDelay).toMatchObject({ skipped: [{ from: now, to: before - second }], nextFireAt: before });
    const exactly = skipAll(secondly, now, now + 10_000 * second, "why");
    expect(exactly).toEqual({
      skipped: [{ from: now, to: now + 9_999 * second, count: 10_000, reason: "why" }],
      nextFireAt: now + 10_000 * second,
    });
    expect(instants(secondly, exactly.nextFireAt, now + 10_000 * second, 9)).toHaveLength(1);
  });

  test("counts the skipped instants of a rule that cannot compute past instants as far as possible", () => {
    const odd: Rule = {
      text: "odd",
      next: (after) => (after.getTime() % second === 500 ? new Date(after.getTime() + second) : undefined),
    };
    const first = now + 500;
    expect(skipAll(odd, first, first + 200_000 * second, "why").skipped).toEqual([
      { from: first, to: first + 9_999 * second, count: 10_000, reason: "why" },
    ]);
  });
});
