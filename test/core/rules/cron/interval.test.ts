import { describe, expect, test } from "@jest/globals";
import { at, every } from "../../../../shared/core/rules/rule.ts";
import { messageOf, take } from "./take.ts";

describe("every", () => {
  test("is due at whole multiples since 1970", () => {
    const rule = every("90 minutes");
    expect(rule.text).toBe("every 90 minutes");
    expect(take(rule, { after: "1970-01-01T00:00:00Z", count: 2 })).toEqual([
      "1970-01-01T01:30:00Z",
      "1970-01-01T03:00:00Z",
    ]);
  });

  test("goes through its anchor, on either side of it", () => {
    const rule = every("90 minutes", { anchor: "2027-01-01T00:10:00+01:00" });
    expect(rule.text).toBe("every 90 minutes anchored at 2026-12-31T23:10:00.000Z");
    expect(take(rule, { after: "2026-12-31T21:40:00Z", count: 2 })).toEqual([
      "2026-12-31T23:10:00Z",
      "2027-01-01T00:40:00Z",
    ]);
  });

  test("takes a date as anchor, cut to the second", () => {
    const rule = every("1 minute", { anchor: new Date("2027-01-01T00:00:07.900Z") });
    expect(take(rule, { after: "2027-01-01T00:00:07Z", count: 1 })).toEqual(["2027-01-01T00:01:07Z"]);
  });

  test("measures from the last run with a fixed delay, cut to the second", () => {
    const rule = every("90 seconds", { anchor: "fixed-delay" });
    expect(rule.text).toBe("every 90 seconds fixed-delay");
    expect(rule.next(new Date("2027-01-01T00:00:07.900Z"))).toEqual(new Date("2027-01-01T00:01:37Z"));
  });

  test.each([
    ["0 seconds", 'every: expected whole seconds, at least 1, got "0 seconds"'],
    ["1500 milliseconds", 'every: expected whole seconds, at least 1, got "1500 milliseconds"'],
  ] as const)("refuses %s", (interval, message) => {
    expect(() => every(interval)).toThrow(message);
  });

  test("refuses an anchor without an offset, and a date that does not exist", () => {
    expect(messageOf(() => every("1 hour", { anchor: "2027-01-01T00:00:00" }))).toBe(
      'DefinitionError: every anchor: expected an instant with its offset, such as "2027-01-01T00:00:00Z", got "2027-01-01T00:00:00"',
    );
    expect(() => every("1 hour", { anchor: "2027-02-30T00:00:00Z" })).toThrow(
      "every anchor: expected an instant",
    );
  });
});

describe("at", () => {
  test("is due once, cut to the second", () => {
    const rule = at("2027-01-01T00:00:00.750Z");
    expect(rule.text).toBe("at 2027-01-01T00:00:00.000Z");
    expect(take(rule, { after: "2026-01-01T00:00:00Z", count: 2 })).toEqual(["2027-01-01T00:00:00Z"]);
  });

  test("takes a date", () => {
    expect(at(new Date("2027-01-01T00:00:00Z")).text).toBe("at 2027-01-01T00:00:00.000Z");
  });
});
