import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Duration, durationMs, durationText } from "../../shared/core/duration.ts";
import { DefinitionError } from "../../shared/core/errors.ts";

describe("a duration", () => {
  test.each([
    ["1 millisecond", 1],
    ["30 seconds", 30_000],
    ["1 minute", 60_000],
    ["1.5 hours", 5_400_000],
    ["2 days", 172_800_000],
    ["1 week", 604_800_000],
    ["0 seconds", 0],
    ["0.000001 weeks", 605],
    ["36525 days", 3_155_760_000_000],
  ] as const)("of %s is %d ms", (text, ms) => {
    expect(durationMs(text, "wait")).toBe(ms);
  });

  test.each([
    ["30s"],
    ["30  seconds"],
    ["-1 second"],
    ["1e3 seconds"],
    [" 1 second"],
    ["1 second "],
    ["1 fortnight"],
    ["1 constructor"],
    ["Infinity seconds"],
    [""],
    [undefined],
    [30_000],
    [["1 second", "2 seconds"]],
    [`${"9".repeat(1_000_000)} seconds`],
  ])("is refused with its field when it is %j", (text) => {
    const read = () => durationMs(text as Duration, "retry.base");
    expect(read).toThrow(DefinitionError);
    expect(read).toThrow(/^retry\.base: expected a duration such as "30 seconds" or "1 hour", got .{1,64}$/);
  });

  test("is refused when it is longer than a century, which a Date cannot be sure to hold", () => {
    const read = () => durationMs("36526 days", "delay");
    expect(read).toThrow(
      new DefinitionError("delay", { expected: 'at most "36525 days"', got: '"36526 days"' }),
    );
  });

  test("is a whole number of milliseconds that a Date can hold, however it is written", () => {
    const units = ["millisecond", "seconds", "minutes", "hour", "days", "weeks"] as const;
    const written = fc
      .tuple(
        fc.integer({ min: 0, max: 36_525 }),
        fc.integer({ min: 0, max: 999_999 }),
        fc.constantFrom(...units),
      )
      .map(([whole, part, unit]) => `${Number(`${whole}.${part}`)} ${unit}` as Duration)
      .filter((text) => !text.includes("e") && !text.startsWith("36525.") && !text.includes("weeks"));
    fc.assert(
      fc.property(written, (text) => {
        const ms = durationMs(text, "wait");
        expect(new Date(Date.UTC(2100, 0) + ms).getTime()).toBe(Date.UTC(2100, 0) + ms);
      }),
    );
  });
});

describe("a duration's text", () => {
  test.each([
    [0, "0 milliseconds"],
    [1, "1 millisecond"],
    [1.5, "1.5 milliseconds"],
    [1_000, "1 second"],
    [90_000, "90 seconds"],
    [3_600_000, "1 hour"],
    [1_209_600_000, "2 weeks"],
  ])("of %d ms is %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  test("reads back as the same duration", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_155_760_000_000 }), (ms) => {
        expect(durationMs(durationText(ms) as Duration, "wait")).toBe(ms);
      }),
    );
  });
});
