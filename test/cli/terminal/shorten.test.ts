import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cutEnd, cutMiddle } from "../../../cli/terminal/shorten.ts";

describe("cutMiddle", () => {
  test.each([
    [43, "weather-report:weather@2026-11-28T15:47:00Z"],
    [36, "weather-report:…2026-11-28T15:47:00Z"],
    [24, "weather-report:…5:47:00Z"],
  ])("keeps the end, and the job if there is room, in %d characters", (width, text) => {
    const cut = cutMiddle("weather-report:weather@2026-11-28T15:47:00Z", width);
    expect(cut).toBe(text);
    expect(cut.length).toBeLessThanOrEqual(width);
  });

  test("keeps both ends and is never longer than the width", () => {
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

test("cutEnd marks the cut with an ellipsis", () => {
  expect(cutEnd("abcdef", 4)).toBe("abc…");
  expect(cutEnd("abcd", 4)).toBe("abcd");
});
