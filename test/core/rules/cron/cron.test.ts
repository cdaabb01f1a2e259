import { describe, expect, test } from "@jest/globals";
import { cron } from "../../../../shared/core/rules/cron/cron.ts";
import { take } from "./take.ts";

test.each([
  ["*/5 * * * *", "unix5", "*/5 * * * *"],
  [" 0\t 9  * * mon ", "unix5", "0 9 * * MON"],
  ["@Daily", "unix5", "0 0 * * *"],
  ["0 0 9 * * *", "sec6", "0 0 9 * * *"],
  ["0 0 9 * * * 2027", "sec7", "0 0 9 * * * 2027"],
  ["cron(0 12 ? * fri *)", "aws6", "0 12 ? * FRI *"],
  ["rate(5 minutes)", "aws-rate", "5 minutes"],
])("%p is read as %s with the bare fields %p", (text, dialect, expression) => {
  expect(cron(text)).toMatchObject({ dialect, expression, zone: "UTC" });
});

test("the text is what was written, with its blanks tidied", () => {
  expect(cron(" 0\t 9  * * mon ", "Europe/Madrid").text).toBe("0 9 * * mon");
});

describe("the policy without a choice", () => {
  test.each([
    ["0 3 * * *", "run-after-gap", "first"],
    ["0 0-5 * * *", "run-after-gap", "first"],
    ["0 0 3 * * *", "run-after-gap", "first"],
    ["*/15 3 * * *", "skip", "both"],
    ["0 * * * *", "skip", "both"],
    ["*/10 0 3 * * *", "skip", "both"],
    ["cron(0 3 * * ? *)", "skip", "first"],
    ["cron(0/5 * * * ? *)", "skip", "both"],
    ["rate(1 day)", "skip", "both"],
  ])("of %p is %s in a gap and %s in an overlap", (text, gap, overlap) => {
    expect(cron(text).dst).toEqual({ gap, overlap });
  });
});

describe("a chosen policy", () => {
  const gapNight = { after: "2025-03-08T12:00:00Z", count: 1 };
  const overlapNight = { after: "2025-11-01T12:00:00Z", count: 2 };
  const zone = "America/New_York";

  test("applies from the options on", () => {
    const rule = cron("30 2 * * *", zone, { dst: { gap: "skip" } });
    expect(rule.dst).toEqual({ gap: "skip", overlap: "first" });
    expect(take(rule, gapNight)).toEqual(["2025-03-10T06:30:00Z"]);
  });

  test("may be the word for the gap alone", () => {
    expect(cron("cron(30 2 * * ? *)", zone, { dst: "run-after-gap" }).dst).toEqual({
      gap: "run-after-gap",
      overlap: "first",
    });
  });

  test.each([
    ["first", ["2025-11-02T05:30:00Z", "2025-11-03T06:30:00Z"]],
    ["second", ["2025-11-02T06:30:00Z", "2025-11-03T06:30:00Z"]],
    ["both", ["2025-11-02T05:30:00Z", "2025-11-02T06:30:00Z"]],
  ] as const)("%p says which copy of a repeated time runs", (overlap, expected) => {
    expect(take(cron("30 1 * * *", zone).withDst({ overlap }), overlapNight)).toEqual(expected);
  });

  test("keeps what it leaves out", () => {
    const rule = cron("30 2 * * *", zone).withDst("skip").withDst({ overlap: "both" });
    expect(rule.dst).toEqual({ gap: "skip", overlap: "both" });
  });

  test("applies to an interval too, when it is asked for", () => {
    const rule = cron("30 * * * *", zone, { dst: { overlap: "first" } });
    expect(take(rule, { after: "2025-11-02T05:00:00Z", count: 2 })).toEqual([
      "2025-11-02T05:30:00Z",
      "2025-11-02T07:30:00Z",
    ]);
  });

  test("changes nothing for a rate, which knows no wall clock", () => {
    const rule = cron("rate(2 hours)", zone);
    expect(rule.withDst("run-after-gap")).toBe(rule);
  });
});

describe("an expression that never fires", () => {
  test("is accepted when asked, and is never due", () => {
    const rule = cron("30 2 31 2 *", "Europe/Madrid", { allowNever: true });
    expect(rule.next(new Date("2025-01-01T00:00:00Z"))).toBeUndefined();
    expect(rule.withDst("skip").next(new Date(0))).toBeUndefined();
  });

  test("is refused also when only its policy makes it so", () => {
    const rule = cron("0 30 2 9 3 * 2025", "America/New_York");
    expect(rule.next(new Date(0))).toEqual(new Date("2025-03-09T07:00:00Z"));
    expect(() => rule.withDst("skip")).toThrow('"0 30 2 9 3 * 2025", which never fires');
  });
});

test("SUN closes a range that begins with another day", () => {
  expect(take(cron("0 0 * * FRI-SUN"), { after: "2025-01-01T00:00:00Z", count: 4 })).toEqual([
    "2025-01-03T00:00:00Z",
    "2025-01-04T00:00:00Z",
    "2025-01-05T00:00:00Z",
    "2025-01-10T00:00:00Z",
  ]);
});

test("L alone as day of week is Saturday in the AWS dialect", () => {
  expect(take(cron("cron(0 0 ? * L *)"), { after: "2025-01-01T00:00:00Z", count: 2 })).toEqual([
    "2025-01-04T00:00:00Z",
    "2025-01-11T00:00:00Z",
  ]);
});

test("L-30 skips the months that have no thirty days before their last", () => {
  expect(take(cron("0 0 L-30 * *"), { after: "2025-01-01T00:00:00Z", count: 3 })).toEqual([
    "2025-03-01T00:00:00Z",
    "2025-05-01T00:00:00Z",
    "2025-07-01T00:00:00Z",
  ]);
});

test("a rate is due at whole multiples since 1970, on every machine", () => {
  expect(take(cron("rate(7 hours)"), { after: "1970-01-01T00:00:00Z", count: 2 })).toEqual([
    "1970-01-01T07:00:00Z",
    "1970-01-01T14:00:00Z",
  ]);
});

describe("at the ends of time", () => {
  test("a rule begins in 1970 on its own wall", () => {
    const before = { after: "1900-01-01T00:00:00Z", count: 1 };
    expect(take(cron("0 0 * * *", "Asia/Tokyo"), before)).toEqual(["1969-12-31T15:00:00Z"]);
  });

  test("a rule ends with 2199", () => {
    expect(cron("* * * * *").next(new Date("2199-12-31T23:59:00Z"))).toBeUndefined();
    expect(cron("0 0 * * *", "Pacific/Honolulu").next(new Date("2200-01-02T10:00:00Z"))).toBeUndefined();
  });

  test("nothing is due after an invalid date", () => {
    expect(cron("* * * * *").next(new Date(Number.NaN))).toBeUndefined();
  });
});
