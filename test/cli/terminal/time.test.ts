import { describe, expect, test } from "@jest/globals";
import { relative, took, upcoming } from "../../../cli/terminal/time.ts";

const now = Date.UTC(2026, 0, 1);
const later = (ms: number): string => new Date(now + ms).toISOString();

describe("times", () => {
  test.each([
    [0, "now"],
    [-999, "now"],
    [-12_000, "12 s ago"],
    [59_000, "in 59 s"],
    [180_000, "in 3 min"],
    [-7_200_000, "2 h ago"],
    [40 * 3_600_000, "in 40 h"],
    [10 * 86_400_000, "in 10 d"],
  ])("relative formats %d ms from now as %j", (ms, text) => {
    expect(relative(later(ms), now)).toBe(text);
  });

  test("upcoming lists the next times together", () => {
    expect(upcoming([later(12_000), later(42_000), later(120_000)], now)).toBe("in 12 s, 42 s, 2 min");
    expect(upcoming([], now)).toBe("never");
  });

  test.each([
    [12, "12 ms"],
    [1_340, "1.3 s"],
    [150_000, "2.5 min"],
    [5_400_000, "1.5 h"],
  ])("took formats %d ms as %j", (ms, text) => {
    expect(took(ms)).toBe(text);
  });
});
