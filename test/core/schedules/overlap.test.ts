import { describe, expect, test } from "@jest/globals";
import { isStillWaiting, nextTurnCheckAt } from "../../../shared/core/schedules/overlap.ts";

const now = Date.UTC(2026, 0, 1, 12);
const [second, minute] = [1_000, 60_000];
const waitedFor = (ms: number) => ({ dueAt: now - ms, createdAt: now - ms - 2 * minute });
const holder = (state: "running" | "parked" | "queued", availableAt: number) =>
  ({ state, availableAt }) as const;

describe("the next check of a buffered occurrence", () => {
  test.each([
    ["5 seconds at first", 0, 5 * second],
    ["a quarter of the time waited", 2 * minute, 30 * second],
    ["a minute at most", 3 * 60 * minute, minute],
  ])("comes after %s when the holder is running", (_, waited, gap) => {
    const run = waitedFor(waited);
    expect(nextTurnCheckAt({ run, holder: holder("running", now + 9 * minute), now }) - now).toBe(gap);
  });

  test("comes after a parked holder can have started", () => {
    const run = waitedFor(minute);
    const free = now + 10 * minute;
    expect(nextTurnCheckAt({ run, holder: holder("parked", free), now })).toBe(free + 5 * second);
  });

  test("comes after half an hour when the holder is parked for longer", () => {
    const free = now + 24 * 60 * minute;
    expect(nextTurnCheckAt({ run: waitedFor(0), holder: holder("parked", free), now }) - now).toBe(
      30 * minute,
    );
  });

  test("comes soon when the holder may start now", () => {
    expect(nextTurnCheckAt({ run: waitedFor(0), holder: holder("queued", now), now }) - now).toBe(5 * second);
  });

  test("counts from the creation of the run of a caught-up occurrence", () => {
    const run = { dueAt: now - 60 * minute, createdAt: now - 8 * second };
    expect(nextTurnCheckAt({ run, holder: holder("running", now + minute), now }) - now).toBe(5 * second);
  });
});

test("a buffered occurrence that was rescheduled to a later instant does not wait for its turn any more", () => {
  expect(isStillWaiting({ dueAt: now }, now)).toBe(true);
  expect(isStillWaiting({ dueAt: now + 1 }, now)).toBe(false);
});
