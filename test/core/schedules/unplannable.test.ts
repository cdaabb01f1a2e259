import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type ScheduleRow, scheduleRowSchema } from "../../../shared/core/schedules/schedule-row.ts";
import { postponed } from "../../../shared/core/schedules/unplannable.ts";
import { now } from "../runs/any-run.ts";
import { scheduleRow } from "./any-schedule.ts";
import { hour, lookAhead, minute } from "./dispatching.ts";

const fail = (row: ScheduleRow, at: number) => postponed(row, { now: at, until: at + lookAhead });

describe("a schedule that cannot be planned", () => {
  test("is reported at first and tried again a minute after the end of the tick's plan", () => {
    const row = scheduleRow();
    expect(fail(row, now)).toEqual({
      row: { ...row, unplannable: { tries: 1, nextTryAt: now + lookAhead + minute, reportedAt: now } },
      isReported: true,
    });
  });

  test.each([
    [2, 2 * minute],
    [4, 8 * minute],
    [5, 15 * minute],
    [5_000, 15 * minute],
  ])("waits longer after each try, and at most a quarter of an hour: try %i", (tries, gap) => {
    const row = scheduleRow({ unplannable: { tries: tries - 1, nextTryAt: now, reportedAt: now } });
    expect(fail(row, now).row.unplannable).toMatchObject({ tries, nextTryAt: now + lookAhead + gap });
  });

  test.each([
    ["is not reported again within an hour", hour - 1, false, now],
    ["is reported again after an hour", hour, true, now + hour],
  ])("%s", (_, later, isReported, reportedAt) => {
    const { row } = fail(scheduleRow(), now);
    const again = fail(row, now + later);
    expect([again.isReported, again.row.unplannable?.reportedAt]).toEqual([isReported, reportedAt]);
  });

  test("is reported once an hour in any sequence of tries, and its row can be stored after each", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(hour), { maxLength: 40 }), (gaps) => {
        let [row, time] = [scheduleRow(), now];
        const reports: number[] = [];
        for (const gap of gaps) {
          time += gap;
          const failed = fail(row, time);
          row = scheduleRowSchema.parse(failed.row);
          if (failed.isReported) reports.push(time);
        }
        expect(row.unplannable?.tries).toBe(gaps.length === 0 ? undefined : gaps.length);
        reports.slice(1).forEach((at, i) => {
          expect(at - (reports[i] ?? 0)).toBeGreaterThanOrEqual(hour);
        });
      }),
    );
  });
});
