import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { judge } from "../../../../scripts/vectors/judge.ts";
import { readVectorFile } from "../../../../scripts/vectors/read.ts";

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
    ["without a count, of which its times tell", { count: undefined }],
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
      "when the times go on though they are exhausted",
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
      /^under shift-forward: no dst choice of ours does this, which is "gap -> shifted .*" in the file's meta: time 1: expected \[2025-03-09T07:30:00Z\], got \[2025-03-09T07:00:00Z\]$/,
    ],
    [
      "of a policy that nobody knows",
      { policy: "whim" },
      /^policy: expected one that a dst choice of ours can do \(vixie, .*\), got "whim", which is not in the file's meta$/,
    ],
    [
      "of a dialect that nobody knows",
      { dialect: "quartz" },
      /^dialect: expected one of unix5, .*, got "quartz"$/,
    ],
    [
      "that is read in another dialect",
      { dialect: "sec6" },
      /^refused: dialect: expected sec6, read as unix5$/,
    ],
    [
      "of five fields that are six",
      { dialect: "ext5", expr: "0 */15 * * * *" },
      /^refused: dialect: expected ext5, read as sec6$/,
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

describe("npm run vectors", () => {
  test("ends with the counts, and succeeds when all pass", async () => {
    expect(await run(file)).toEqual({ code: 0, lines: [`${vectors.length} passed, 0 failed`], err: "" });
  });

  test("needs no meta", async () => {
    for (const meta of [undefined, null, { policies: ["vixie"] }]) {
      const { lines } = await runOn(JSON.stringify({ meta, vectors: [quarters] }));
      expect(lines).toEqual(["1 passed, 0 failed"]);
    }
  });

  test("prints each failure, and fails", async () => {
    const wrong = [
      { ...quarters, id: "late", expected: [] },
      { ...quarters, id: "opinion", level: "advisory", expectError: true },
      { ...quarters, id: "unknown", dialect: "quartz" },
      null,
    ];
    const { code, lines, err } = await runOn(JSON.stringify({ vectors: [quarters, ...wrong] }));
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(lines.map((line) => line.split(/ ["n]/)[0])).toEqual([
      "FAILED late",
      "differs (advisory) opinion",
      "FAILED unknown",
      "FAILED #5",
      "1 passed, 3 failed",
    ]);
  });

  test.each([
    [
      "no JSON",
      "{oops",
      /^vectors: \S+: expected JSON, got SyntaxError: .*; correct it, or give another file\n$/,
    ],
    [
      "no vectors",
      '{"vectors":[]}',
      /^vectors: \S+: expected .* with at least one vector, got another JSON; .*\n$/,
    ],
  ])("says in one sentence that a file has %s", async (_, content, sentence) => {
    const { code, lines, err } = await runOn(content);
    expect({ code, lines }).toEqual({ code: 1, lines: ["0 passed, 1 failed"] });
    expect(err).toMatch(sentence);
  });

  test("says in one sentence that there is no file", async () => {
    const { code, lines, err } = await run("/none");
    expect({ code, lines }).toEqual({ code: 1, lines: ["0 passed, 1 failed"] });
    expect(err).toMatch(
      /^vectors: \/none: expected a file that can be read, got .*ENOENT.*; check its path\n$/,
    );
  });
});

const runOn = async (content: string) => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-vectors-"));
  try {
    await writeFile(join(folder, "vectors.json"), content);
    return await run(join(folder, "vectors.json"));
  } finally {
    await rm(folder, { recursive: true });
  }
};

const run = (path: string) =>
  new Promise<{ code: unknown; lines: string[]; err: string }>((resolve) => {
    execFile(process.execPath, ["scripts/vectors.ts", path], (error, stdout, err) => {
      resolve({ code: error?.code ?? 0, lines: stdout.trimEnd().split("\n"), err });
    });
  });
