import { describe, expect, test } from "@jest/globals";
import { isStillWaiting, nextTurnCheckAt } from "../../../shared/core/schedules/overlap.ts";

const now = Date.UTC(2026, 0, 1, 12);
const [second, minute] = [1_000, 60_000];
const waitedFor = (ms: number) => ({ dueAt: now - ms, createdAt: now - ms - 2 * minute });
const holder = (state: "running" | "parked" | "queued", availableAt: number) =>
  ({ state, availableAt }) as const;

describe("the next check for a turn", () => {
  test.each([
    ["5 seconds at first", 0, 5 * second],
    ["a quarter of the time waited", 2 * minute, 30 * second],
    ["a minute at most", 3 * 60 * minute, minute],
  ])("of a running holder comes after %s", (_, waited, gap) => {
    const run = waitedFor(waited);
    expect(nextTurnCheckAt({ run, holder: holder("running", now + 9 * minute), now }) - now).toBe(gap);
  });

  test("of a parked holder comes after it can have started", () => {
    const run = waitedFor(minute);
    const free = now + 10 * minute;
    expect(nextTurnCheckAt({ run, holder: holder("parked", free), now })).toBe(free + 5 * second);
  });

  test("of a holder that is parked for long comes after half an hour", () => {
    const free = now + 24 * 60 * minute;
    expect(nextTurnCheckAt({ run: waitedFor(0), holder: holder("parked", free), now }) - now).toBe(
      30 * minute,
    );
  });

  test("of a holder that may start now comes soon", () => {
    expect(nextTurnCheckAt({ run: waitedFor(0), holder: holder("queued", now), now }) - now).toBe(5 * second);
  });

  test("counts a caught-up occurrence from the creation of its run", () => {
    const run = { dueAt: now - 60 * minute, createdAt: now - 8 * second };
    expect(nextTurnCheckAt({ run, holder: holder("running", now + minute), now }) - now).toBe(5 * second);
  });
});

test("a buffered occurrence that was rescheduled to a later instant does not wait for its turn any more", () => {
  expect(isStillWaiting({ dueAt: now }, now)).toBe(true);
  expect(isStillWaiting({ dueAt: now + 1 }, now)).toBe(false);
});
