import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { LedgerEntry } from "../../../shared/core/schedules/ledger-entry.ts";
import { type ScheduleRow, scheduleRowSchema } from "../../../shared/core/schedules/schedule-row.ts";
import {
  isRuleChange,
  recorded,
  unrecordedEntries,
  withFirstRule,
  withUnrecorded,
} from "../../../shared/core/schedules/unrecorded.ts";
import { now } from "../runs/any-run.ts";
import { ledgerEntry, scheduleRow } from "./any-schedule.ts";

const row = scheduleRow();
const [first, second] = [ledgerEntry({ fired: [now] }), ledgerEntry({ at: now + 1, fired: [now + 1] })];
const left: ScheduleRow = { ...row, unrecorded: { entries: [first], isRuleChanged: false } };
const ruleLeft: ScheduleRow = { ...row, unrecorded: { entries: [first], isRuleChanged: true } };

describe("a row after a change", () => {
  test.each<[string, ScheduleRow | undefined, readonly LedgerEntry[], boolean, ScheduleRow["unrecorded"]]>([
    ["holds nothing when the change has no entries", row, [], false, undefined],
    ["holds the entries of the change", row, [first], false, { entries: [first], isRuleChanged: false }],
    ["holds that the rule was changed", row, [], true, { entries: [], isRuleChanged: true }],
    [
      "holds what an earlier change has left, then its own",
      left,
      [second],
      false,
      { entries: [first, second], isRuleChanged: false },
    ],
    ["holds what an earlier change has left", left, [], false, { entries: [first], isRuleChanged: false }],
    [
      "holds an earlier change of the rule",
      ruleLeft,
      [second],
      false,
      { entries: [first, second], isRuleChanged: true },
    ],
    [
      "holds entries of a schedule that is new",
      undefined,
      [first],
      false,
      { entries: [first], isRuleChanged: false },
    ],
  ])("%s", (_, before, entries, isRuleChanged, unrecorded) => {
    const after = withUnrecorded(before, left, { entries, isRuleChanged });
    expect(after).toEqual({ ...row, ...(unrecorded && { unrecorded }) });
    expect("unrecorded" in after).toBe(unrecorded !== undefined);
    expect(scheduleRowSchema.parse(after)).toEqual(after);
  });

  test("holds every entry of any sequence of changes, in their order, until they are recorded", () => {
    const anyChange = fc.record({
      entries: fc.array(
        fc.nat(1_000).map((at) => ledgerEntry({ at, fired: [at] })),
        { maxLength: 3 },
      ),
      isRuleChanged: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 5 }), (changes) => {
        const after = changes.reduce((before, change) => withUnrecorded(before, before, change), row);
        const entries = unrecordedEntries(after, now);
        expect(entries.filter((entry) => !isRuleChange(entry))).toEqual(
          changes.flatMap((one) => one.entries),
        );
        expect(entries.filter(isRuleChange)).toHaveLength(changes.some((one) => one.isRuleChanged) ? 1 : 0);
        expect(recorded(after)).toEqual(row);
      }),
    );
  });
});

describe("the entries that a row still holds", () => {
  test("are none in a row that holds nothing", () => {
    expect(unrecordedEntries(row, now)).toEqual([]);
  });

  test("are the entries of a change that kept the rule", () => {
    expect(unrecordedEntries(left, now)).toEqual([first]);
  });

  test("end with the change of the rule, dated when it is recorded", () => {
    expect(unrecordedEntries(ruleLeft, now + 5)).toEqual([
      first,
      ledgerEntry({ at: now + 5, recordedAt: now + 5, recordedBy: "operator" }),
    ]);
  });

  test("are the beginning of the rule in the row of a new schedule", () => {
    expect(unrecordedEntries(withFirstRule(row), now)).toEqual([ledgerEntry({ recordedBy: "operator" })]);
  });
});

describe("whether an entry changes the rule", () => {
  const skip = { from: now, to: now, count: 1, reason: "paused" };

  test.each<[string, Partial<LedgerEntry>, boolean]>([
    ["an operator's that names no instant", { recordedBy: "operator" }, true],
    ["an operator's that fired", { recordedBy: "operator", fired: [now] }, false],
    ["an operator's that skipped", { recordedBy: "operator", skipped: [skip] }, false],
    ["a dispatcher's that names no instant", { recordedBy: "dispatcher" }, false],
  ])("%s", (_, more, is) => {
    expect(isRuleChange(ledgerEntry(more))).toBe(is);
  });
});
