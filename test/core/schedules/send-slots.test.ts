import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { delaySeconds } from "../../../shared/core/runs/new-run.ts";
import { sendSlots } from "../../../shared/core/schedules/send-slots.ts";

const now = Date.UTC(2026, 0, 1);
const itself = (due: number): number => due;

describe("send slots", () => {
  test.each([
    ["is due", 0, 0],
    ["is late", -1_300, 0],
    ["is due in a moment", 15, 0],
    ["is due in whole seconds", 30_000, 0],
    ["has a little left over", 30_149, 0],
    ["has more left over", 30_150, 100],
    ["has nearly a second left over", 30_999, 900],
    ["is due within the second", 480, 400],
  ])("sends a run that %s", (_case, leftMs, waitMs) => {
    expect(sendSlots([now + leftMs], itself, now)).toEqual([{ waitMs, all: [now + leftMs] }]);
  });

  test("send runs of one slot together, in the order of their due instants", () => {
    const [a, b, c] = [now + 5_950, now + 9_050, now + 900_959];
    expect(sendSlots([a, b, c], itself, now)).toEqual([
      { waitMs: 0, all: [b] },
      { waitMs: 900, all: [a, c] },
    ]);
  });

  test("send each run once, never late, and at most 150 ms early", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5_000, max: 900_000 }), { maxLength: 50 }), (left) => {
        const all = left.map((ms) => now + ms);
        const groups = sendSlots(all, itself, now);
        expect(groups.flatMap((group) => group.all).toSorted()).toEqual(all.toSorted());
        for (const { waitMs, all } of groups) {
          for (const due of all.filter((due) => due > now)) {
            const sentAt = now + waitMs;
            const earlyMs = due - (sentAt + delaySeconds(due, sentAt) * 1_000);
            expect(waitMs).toBeLessThan(1_000);
            expect(earlyMs).toBeGreaterThanOrEqual(0);
            expect(earlyMs).toBeLessThan(150);
          }
        }
      }),
    );
  });
});
