import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { judge } from "../../../scripts/vectors/judge.ts";
import { readVectorFile } from "../../../scripts/vectors/read.ts";

const file = "test/data/cron-vectors.json";
const { policies, vectors } = await readVectorFile(file);
const labelled = vectors.map((vector) => ({ ...judge(vector, { at: 0, policies }), vector }));

test.each(labelled)("vector $id holds, under every policy that we offer: $about", ({ problem }) => {
  expect(problem).toBeUndefined();
});

/** The first vector of the suite, every quarter of an hour in UTC, with something else about it. */
const [quarters = {}] = z.array(z.record(z.string(), z.unknown())).parse(vectors);
const problemOf = (change: object) => judge({ ...quarters, ...change }, { at: 0, policies }).problem;

const gapDay = { tz: "America/New_York", from: "2025-03-09T06:00:00Z", count: 1 };
const foldDay = { tz: "America/New_York", from: "2025-11-02T04:30:00Z", count: 2 };

describe("a vector passes", () => {
  test.each([
    [
      "whose instants are written in another way",
      { expected: ["2012-07-09T15:00:00.000Z", "2012-07-09T17:15:00+02:00"] },
    ],
    ["that begins at an instant with an offset", { from: "2012-07-09T16:45:00+02:00" }],
    ["without a count, which its times give", { count: undefined }],
    ["that wants nothing but a rule that is valid", { from: null, expected: null, valid: true }],
    ["that wants an error and gets it", { expr: "60 * * * *", expectError: true }],
    ["that is said to be invalid and is", { expr: "60 * * * *", valid: false }],
    [
      "of croner11, to which a list of minutes is an interval",
      {
        ...foldDay,
        expr: "0,30 1 * * *",
        count: 3,
        policy: "croner11",
        expected: ["2025-11-02T05:00:00Z", "2025-11-02T05:30:00Z", "2025-11-02T06:00:00Z"],
      },
    ],
    [
      "of cronos, to which a range of hours is an interval",
      {
        ...foldDay,
        expr: "30 1-2 * * *",
        policy: "cronos",
        expected: ["2025-11-02T05:30:00Z", "2025-11-02T06:30:00Z"],
      },
    ],
    [
      "of cronos, which runs an interval in a gap once at its end",
      { ...gapDay, expr: "10/20 2 * * *", policy: "cronos", expected: ["2025-03-09T07:00:00Z"] },
    ],
    [
      "of shift-forward, where nothing is shifted",
      {
        ...foldDay,
        expr: "30 1 * * *",
        policy: "shift-forward",
        expected: ["2025-11-02T05:30:00Z", "2025-11-03T06:30:00Z"],
      },
    ],
  ])("%s", (_, change) => {
    expect(problemOf({ from: "2012-07-09T14:45:00Z", ...change })).toBeUndefined();
  });

  test("of which 20,000 times are asked", () => {
    const start = Date.parse("2012-07-09T14:45:00Z");
    const expected = Array.from({ length: 20_000 }, (_, i) =>
      new Date(start + (i + 1) * 900_000).toISOString(),
    );
    expect(problemOf({ count: 20_000, expected })).toBeUndefined();
    expect(problemOf({ count: 20_000, expected: expected.with(19_998, "2013-01-01T00:00:00Z") })).toMatch(
      /^under vixie: time 19999: expected \[2013-01-01T00:00:00Z, \S+Z\], got \[\S+Z, \S+Z\]$/,
    );
  });
});

describe("a vector fails", () => {
  test.each([
    [
      "with nothing to check",
      { expected: undefined },
      /^expected: there is nothing to check; give expected, /,
    ],
    [
      "with no expectation but of a policy that we have not",
      { expected: undefined, expectedByPolicy: { "shift-forward": [] } },
      /^expected: there is nothing to check/,
    ],
    ["without from", { from: undefined }, /^from: it is missing; give the instant/],
    [
      "from a time without offset",
      { from: "2012-07-09T14:45:00" },
      /^from: expected an instant with its offset, .*, got "2012-07-09T14:45:00"$/,
    ],
    [
      "when there are times after the rule is exhausted",
      { exhausted: true },
      /^under vixie: time 3: expected \[\], got \[2012-07-09T15:30:00Z\]$/,
    ],
    [
      "when it has none and expects none, with no count",
      { count: undefined, expected: [] },
      /^under vixie: time 1: expected \[\], got/,
    ],
    [
      "under another of its policies",
      { expectedByPolicy: { "wall-match": [] } },
      /^under wall-match: time 1: expected \[\], got/,
    ],
    [
      "of a policy that no choice of ours can do",
      { ...gapDay, expr: "30 2 * * *", policy: "shift-forward", expected: ["2025-03-09T07:30:00Z"] },
      /^under shift-forward: no dst policy of ours does this, which is "gap -> shifted .*" in the file's meta: time 1: expected \[2025-03-09T07:30:00Z\], got \[2025-03-09T07:00:00Z\]$/,
    ],
    [
      "of an unknown policy",
      { policy: "whim" },
      /^policy: expected one that a dst policy of ours can express \(vixie, .*\), got "whim", which is not in the file's meta$/,
    ],
    ["of an unknown dialect", { dialect: "quartz" }, /^dialect: expected one of unix5, .*, got "quartz"$/],
    ["that is read in another dialect", { dialect: "sec6" }, /^refused: dialect: expected sec6, got unix5$/],
    [
      "of five fields that are six",
      { dialect: "ext5", expr: "0 */15 * * * *" },
      /^refused: dialect: expected ext5, got sec6$/,
    ],
    ["that is refused", { expr: "60 * * * *" }, /^refused: cron minute: expected /],
    ["that is not, and should be", { expectError: true }, /^expected an error, got the rule/],
    ["without an expression", { expr: undefined }, /^expr: .*, got nothing$/],
  ])("%s", (_, change, problem) => {
    expect(problemOf(change)).toMatch(problem);
  });

  test.each([[null], [7], ["text"], [[]]])("alone, when it is %j", (written) => {
    expect(judge(written, { at: 4, policies })).toMatchObject({
      id: "#5",
      isMust: true,
      problem: expect.stringMatching(/^vector: .*, got/),
    });
  });
});
