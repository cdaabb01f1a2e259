import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cutEnd, cutMiddle } from "../../../cli/terminal/shorten.ts";

describe("cutMiddle", () => {
  test.each([
    [43, "weather-report:weather@2026-11-28T15:47:00Z"],
    [36, "weather-report:…2026-11-28T15:47:00Z"],
    [24, "weather-report:…5:47:00Z"],
  ])("to %d characters keeps the job, if there is room, and the end", (width, text) => {
    const cut = cutMiddle("weather-report:weather@2026-11-28T15:47:00Z", width);
    expect(cut).toBe(text);
    expect(cut.length).toBeLessThanOrEqual(width);
  });

  test("never is longer than the width, and keeps both ends", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 3, max: 60 }), (text, width) => {
        const cut = cutMiddle(text, width);
        expect(cut.length).toBeLessThanOrEqual(width);
        if (text.length > width) {
          const [head = "", tail = ""] = [
            cut.slice(0, cut.indexOf("…")),
            cut.slice(cut.lastIndexOf("…") + 1),
          ];
          expect(text.startsWith(head.slice(0, 1))).toBe(true);
          expect(text.endsWith(tail)).toBe(true);
        }
      }),
    );
  });
});

test("cutEnd marks where it cut", () => {
  expect(cutEnd("abcdef", 4)).toBe("abc…");
  expect(cutEnd("abcd", 4)).toBe("abcd");
});
