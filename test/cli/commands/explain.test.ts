import { describe, expect, test } from "@jest/globals";
import { runCli } from "../../../cli/program.ts";
import { jobs } from "../../../jobs/index.ts";
import { schedules } from "../../../jobs/schedules.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";

/** Runs the CLI in this process, without a pipeline. */
const run = async (...args: readonly string[]) => {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCli(["schedules", "explain", ...args], {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    readStdin: () => Promise.reject(new Error("nothing is read")),
    connect: () => Promise.reject(new Error("no pipeline found")),
    loadJobs: async () => defineRegistry(jobs, schedules),
    cwd: "/nowhere",
    isColored: false,
    isErrColored: false,
    columns: 100,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
};

/** Removes the time-zone data's release, which depends on the Node that runs the test. */
const withoutRelease = (out: string): string =>
  out.replace(/\n\n(?:Time-zone data: \w+|Warning: time-zone data [\s\S]+?"Time-zone data"\)\.)\n\n/, "\n\n");

const march = ["--from", "2026-03-06T12:00:00Z"];

describe("millrace schedules explain", () => {
  test("explains a rule, and which of its times a clock change moves", async () => {
    const { code, out, err } = await run("30 2 * * *", "--tz", "America/New_York", "--count", "3", ...march);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(withoutRelease(out)).toMatchInlineSnapshot(`
"30 2 * * * (America/New_York)
At 02:30, every day.

DUE (America/New_York)       UTC                   AWAY
Sat 2026-03-07 02:30:00 EST  2026-03-07 07:30:00Z  in 20 h
Sun 2026-03-08 03:00:00 EDT  2026-03-08 07:00:00Z  in 43 h  moved from 02:30
Mon 2026-03-09 02:30:00 EDT  2026-03-09 06:30:00Z  in 3 d

CLOCK CHANGES (America/New_York, one year)
Sun 2026-03-08 02:00 to 03:00  02:30 does not exist: runs at 03:00 instead.
Sun 2026-11-01 02:00 to 01:00  no time of this rule comes twice.

POLICIES
dst.gap      A time that the clocks jump over runs at the first instant after the gap, once.
dst.overlap  A time that the clocks show twice runs the first time.

COST
runs     30 in the next 30 days, 1 a day on average.
price    less than $0.01 a month; $9.25 per million runs: DynamoDB $6.00, SQS $1.20, Lambda $1.80,
         logs $0.25.
assumed  Each run takes 100 ms in 1 GB, is alone in its batch, logs 0.5 KB and succeeds at the first
         attempt; list prices of us-east-1 on 2026-11-21.
besides  The idle pipeline costs $3.68 as dev, $6.07 as prod a month. docs/cost.md lists the items."
`);
  });

  test("names the release of its time-zone data, unless all times are in UTC", async () => {
    const { out } = await run("0 9 * * *", "--tz", "Europe/Madrid");
    expect(out).toMatch(new RegExp(`ime-zone data:? ${process.versions["tz"]}`));
    expect((await run("0 9 * * *")).out).not.toMatch(/ime-zone data/);
  });

  test("lists the times that a DST gap skips between the occurrences", async () => {
    const args = ["--tz", "Europe/Madrid", "--count", "2", "--from", "2026-03-29T00:40:00Z"];
    const { out } = await run("*/20 * * * *", ...args);
    expect(out.split("\n").slice(3, 7)).toEqual([
      "DUE (Europe/Madrid)           UTC                   AWAY",
      "Sun 2026-03-29 01:40:00 CET   2026-03-29 00:40:00Z  now        clocks change this day",
      "Sun 2026-03-29 02:00-02:40                                     not on the clocks: the interval continues in real time",
      "Sun 2026-03-29 03:00:00 CEST  2026-03-29 01:00:00Z  in 20 min  clocks change this day",
    ]);
    expect((await run("*/20 * * * *", ...args, "--gap", "run-after-gap")).out).toContain(
      "stands for 3 times from 02:00 to 02:40",
    );
  });

  test("applies --gap and --overlap-dst in place of the rule's own policy", async () => {
    const { out } = await run("30 1 * * *", "--tz", "America/New_York", "--overlap-dst", "both", ...march);
    expect(out).toContain("Sun 2026-11-01 02:00 to 01:00  01:30 comes twice: runs both times.\n");
    const skipped = (await run("30 2 * * *", "--tz", "America/New_York", "--gap", "skip", ...march)).out;
    expect(skipped).toMatch(/\nSun 2026-03-08 02:30 +skipped by the gap\n/);
    const some = (await run("0,30 2 * * *", "--tz", "America/New_York", "--gap", "skip", ...march)).out;
    expect(some).toMatch(/\nSun 2026-03-08 02:00-02:30 +2 times skipped by the gap\n/);
  });

  test("notes that the first of six fields is for seconds", async () => {
    const { out } = await run("0 0 12 * * *", "--count", "1", ...march);
    expect(out).toContain("\nAt 12:00, every day. The first of its six fields is for seconds.\n");
  });

  test("names the weekday of an AWS expression", async () => {
    const { out } = await run("cron(0 10 ? * 6L *)", "--count", "1", ...march);
    expect(out).toMatch(/^cron\(0 10 \? \* 6L \*\) \(UTC\)\nAt 10:00, on the last Friday of the month\.\n/);
    expect(out).toContain("\nFri 2026-03-27 10:00:00  in 21 d\n");
  });

  test("shows no clock changes for a rate or an interval", async () => {
    const { out } = await run("rate(5 minutes)", "--tz", "Europe/Madrid", "--count", "1", ...march);
    expect(out).toMatchInlineSnapshot(`
"rate(5 minutes)
Every 5 minutes, counted from 1970-01-01 00:00:00Z.

DUE (Europe/Madrid)          UTC                   AWAY
Fri 2026-03-06 13:00:00 CET  2026-03-06 12:00:00Z  now

COST
runs     8,640 in the next 30 days, 288 a day on average.
price    $0.08 a month; $9.25 per million runs: DynamoDB $6.00, SQS $1.20, Lambda $1.80, logs $0.25.
assumed  Each run takes 100 ms in 1 GB, is alone in its batch, logs 0.5 KB and succeeds at the first
         attempt; list prices of us-east-1 on 2026-11-21.
besides  The idle pipeline costs $3.68 as dev, $6.07 as prod a month. docs/cost.md lists the items."
`);
  });

  test("reports when the clocks do not change, or nothing is due soon", async () => {
    const tokyo = await run("0 0 29 2 *", "--tz", "Asia/Tokyo", ...march);
    expect(tokyo.out).toContain("\nThe clocks of Asia/Tokyo do not change within a year.\n");
    expect(tokyo.out).toContain("\nruns     0 in the next 30 days, 0.25 a year on average.\n");
    expect(tokyo.out).not.toContain("dst.gap");
    const late = await run("at 2050-01-01T00:00:00Z", ...march);
    expect(late.out).toMatch(/COST\nruns +None in the next four years\.\nbesides /);
  });

  test("estimates the cost of a frequent rule in round figures", async () => {
    const { out } = await run("* * * * * *", ...march);
    expect(out).toMatch(/runs +About 2,590,000 in the next 30 days, 86,400 a day on average\. One advance/);
    expect(out).toMatch(
      /price +\$17\.\d\d a month; \$6\.67 per million runs: DynamoDB \$3\.42, SQS \$1\.20, /,
    );
  });

  test("explains a schedule of the code with its policy", async () => {
    const { code, out } = await run("weather-monthly", "--tz", "Europe/Madrid", "--count", "1", ...march);
    expect(code).toBe(0);
    expect(out).toMatch(/^weather-monthly: job weather-report, 0 6 1 \* \* \(America\/Los_Angeles\)\n/);
    expect(out).toContain("\nDUE (Europe/Madrid) ");
    expect(out).toContain("\nCLOCK CHANGES (America/Los_Angeles, one year)\n");
    expect(out).toMatch(/\ncatchUp +Of what is missed, /);
    expect(out).toMatch(/\noverlap +While an earlier run has not ended, /);
  });

  test("prints JSON with --json", async () => {
    const { out } = await run("heartbeat", "--count", "2", "--json", ...march);
    expect(JSON.parse(out)).toMatchObject({
      schedule: "heartbeat",
      job: "heartbeat",
      rule: "every 30 seconds",
      from: "2026-03-06T12:00:00.000Z",
      fires: [{ at: "2026-03-06T12:00:00.000Z" }, { at: "2026-03-06T12:00:30.000Z" }],
      rhythm: { next30Days: 86_400, perAdvance: 2 },
    });
  });

  test("starts from now by default", async () => {
    const { out } = await run("every 1 second", "--count", "1", "--json");
    expect(Math.abs(Date.parse(JSON.parse(out).from) - Date.now())).toBeLessThan(60_000);
  });
});

describe("millrace schedules explain, refused", () => {
  test.each([
    [
      "30 2 31 2 *",
      [],
      /^millrace: cron: expected an expression that fires, got "30 2 31 2 \*", which never fires from /,
    ],
    ["61 * * * *", [], /^millrace: cron minute: expected 0 to 59, got "61" in "61 \* \* \* \*"$/],
    ["cron(0 12 * * * *)", [], /^millrace: cron day of week: expected exactly one "\?" in /],
    ["every 0 seconds", [], /^millrace: every: expected whole seconds, at least 1, got "0 seconds"$/],
    [
      "at 2020-01-01T00:00:00Z",
      [],
      /^millrace: rule: expected a rule that is due after .*, got "at 2020-.*"; choose a later time, or preview from an earlier instant$/,
    ],
    ["30 2 * * *", ["--tz", "Europe/Madird"], /^millrace: --tz: .*; did you mean "Europe\/Madrid"\?$/],
    ["heartbeat", ["--tz", "Mars"], /^millrace: --tz: expected an IANA time zone, got "Mars"; /],
    ["", [], /^millrace: cron: expected 5 fields .*, got 0 in ""$/],
  ])("exits with 2 and one sentence for %s %j", async (text, options, sentence) => {
    const { code, out, err } = await run(text, ...options);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(sentence);
    expect(err).not.toContain("\n");
  });

  test("looks up a name that is not in the code in the pipeline", async () => {
    const { code, err } = await run("nightly");
    expect(code).toBe(1);
    expect(err).toMatch(/^millrace: there is no schedule "nightly": your jobs have heartbeat, /);
    expect(err).toMatch(
      /schedules created at run time cannot be read: no pipeline found; quote a rule, such as /,
    );
  });

  test("exits with 2 and one sentence for a rule of a megabyte", async () => {
    const { code, err } = await run("x".repeat(1_000_000));
    expect({ code, err }).toEqual({
      code: 2,
      err: "millrace: rule: expected at most 256 characters, got 1000000",
    });
  });

  test.each([
    [
      ["every 30 seconds", "--gap", "skip"],
      /^millrace: --gap: expected one cron expression, got "every 30 seconds"; leave it out$/,
    ],
    [
      ["heartbeat", "--overlap-dst", "both"],
      /^millrace: --overlap-dst: expected one cron expression, got "every 30 seconds"; leave it out$/,
    ],
    [["30 2 31 2 *"], /^millrace: cron: .* never fires from 1970 to 2199; correct its day, month or year$/],
    [["30 2 * * *", "--gap", "jump"], /Allowed choices are run-after-gap, skip\./],
    [["30 2 * * *", "--count", "0"], /Expected 1 to 100\./],
    [
      ["30 2 * * *", "--from", "yesterday"],
      /--from: expected an instant with its offset, .* got "yesterday"$/,
    ],
    [[], /missing required argument 'rule'/],
  ])("exits with 2 for wrong usage: %j", async (args, sentence) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(sentence);
  });
});
