import { describe, expect, test } from "@jest/globals";
import { viewExplanation } from "../../cli/explain-view.ts";
import { painter } from "../../cli/paint.ts";
import { millrace } from "../../cli/program.ts";
import { parseRule } from "../../shared/core/cron/parse-rule.ts";
import { explain } from "../../shared/core/explain/explain.ts";
import { type PolicyOptions, schedulePolicy } from "../../shared/core/schedule-policy.ts";

/** The CLI in this process, with no pipeline anywhere. */
const run = async (...args: readonly string[]) => {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await millrace(["schedules", "explain", ...args], {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    readStdin: () => Promise.reject(new Error("nothing is read")),
    connect: () => Promise.reject(new Error("no pipeline is asked")),
    isColoured: false,
    columns: 100,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
};

const march = ["--from", "2026-03-06T12:00:00Z"];

describe("millrace schedules explain", () => {
  test("says what a rule will do, and which of its times the clocks move", async () => {
    const { code, out, err } = await run("30 2 * * *", "--tz", "America/New_York", "--count", "3", ...march);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatchInlineSnapshot(`
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
assumed  Each run works 100 ms in 1 GB, comes alone in its batch, logs 0.5 KB and succeeds at once;
         list prices of us-east-1 on 2026-11-21.
besides  $1.85 a month for the pipeline, whatever it does: polls, ticks, queries."
`);
  });

  test("shows between its times those that a gap skips, before the end of the gap", async () => {
    const args = ["--tz", "Europe/Madrid", "--count", "2", "--from", "2026-03-29T00:40:00Z"];
    const { out } = await run("*/20 * * * *", ...args);
    expect(out.split("\n").slice(3, 7)).toEqual([
      "DUE (Europe/Madrid)           UTC                   AWAY",
      "Sun 2026-03-29 01:40:00 CET   2026-03-29 00:40:00Z  now        clocks change this day",
      "Sun 2026-03-29 02:00-02:40                                     3 times skipped by the gap",
      "Sun 2026-03-29 03:00:00 CEST  2026-03-29 01:00:00Z  in 20 min  clocks change this day",
    ]);
    expect((await run("*/20 * * * *", ...args, "--gap", "run-after-gap")).out).toContain(
      "stands for 3 times from 02:00 to 02:40",
    );
  });

  test("tries another policy than the rule's own", async () => {
    const { out } = await run("30 1 * * *", "--tz", "America/New_York", "--overlap-dst", "both", ...march);
    expect(out).toContain("Sun 2026-11-01 02:00 to 01:00  01:30 comes twice: runs both times.\n");
    const skipped = (await run("30 2 * * *", "--tz", "America/New_York", "--gap", "skip", ...march)).out;
    expect(skipped).toMatch(/\nSun 2026-03-08 02:30 +skipped by the gap\n/);
  });

  test("names the weekday that AWS means", async () => {
    const { out } = await run("cron(0 10 ? * 6L *)", "--count", "1", ...march);
    expect(out).toMatch(/^cron\(0 10 \? \* 6L \*\) \(UTC\)\nAt 10:00, on the last Friday of the month\.\n/);
    expect(out).toContain("\nFri 2026-03-27 10:00:00  in 21 d\n");
  });

  test("says of a rate or an interval nothing of clocks", async () => {
    const { out } = await run("rate(5 minutes)", "--tz", "Europe/Madrid", "--count", "1", ...march);
    expect(out).toMatchInlineSnapshot(`
"rate(5 minutes)
Every 5 minutes, counted from 1970-01-01 00:00:00Z.

DUE (Europe/Madrid)          UTC                   AWAY
Fri 2026-03-06 13:00:00 CET  2026-03-06 12:00:00Z  now

COST
runs     8,640 in the next 30 days, 288 a day on average.
price    $0.08 a month; $9.25 per million runs: DynamoDB $6.00, SQS $1.20, Lambda $1.80, logs $0.25.
assumed  Each run works 100 ms in 1 GB, comes alone in its batch, logs 0.5 KB and succeeds at once;
         list prices of us-east-1 on 2026-11-21.
besides  $1.85 a month for the pipeline, whatever it does: polls, ticks, queries."
`);
  });

  test("says so when the clocks do not change, or nothing is due soon", async () => {
    const tokyo = await run("0 0 29 2 *", "--tz", "Asia/Tokyo", ...march);
    expect(tokyo.out).toContain("\nThe clocks of Asia/Tokyo do not change within a year.\n");
    expect(tokyo.out).toContain("\nruns     0 in the next 30 days, 0.25 a year on average.\n");
    expect(tokyo.out).not.toContain("dst.gap");
    const late = await run("at 2050-01-01T00:00:00Z", ...march);
    expect(late.out).toMatch(/COST\nruns +None in the next four years\.\nbesides /);
  });

  test("estimates a rule of many seconds, in round figures", async () => {
    const { out } = await run("* * * * * *", ...march);
    expect(out).toMatch(/runs +About 2,590,000 in the next 30 days, 86,400 a day on average\. One advance/);
    expect(out).toMatch(
      /price +\$17\.\d\d a month; \$6\.67 per million runs: DynamoDB \$3\.42, SQS \$1\.20, /,
    );
  });

  test("explains a schedule of jobs/schedules.ts with its policy", async () => {
    const { code, out } = await run("weather-monthly", "--tz", "Europe/Madrid", "--count", "1", ...march);
    expect(code).toBe(0);
    expect(out).toMatch(/^weather-monthly: job weather-report, 0 6 1 \* \* \(America\/Los_Angeles\)\n/);
    expect(out).toContain("\nDUE (Europe/Madrid) ");
    expect(out).toContain("\nCLOCK CHANGES (America/Los_Angeles, one year)\n");
    expect(out).toMatch(/\ncatchUp +Of what is missed, /);
    expect(out).toMatch(/\noverlap +While an earlier run has not ended, /);
  });

  test("answers in JSON", async () => {
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

  test("counts from now when nothing else is said", async () => {
    const { out } = await run("every 1 second", "--count", "1", "--json");
    expect(Math.abs(Date.parse(JSON.parse(out).from) - Date.now())).toBeLessThan(60_000);
  });
});

describe("a rule that is refused", () => {
  test.each([
    ["30 2 31 2 *", [], /^millrace: cron: "30 2 31 2 \*" never fires from 1970 to 2199: /],
    ["61 * * * *", [], /^millrace: cron minute: expected 0 to 59, got "61" in "61 \* \* \* \*"$/],
    ["cron(0 12 * * * *)", [], /^millrace: cron day of week: expected exactly one "\?" in /],
    ["every 0 seconds", [], /^millrace: every: expected whole seconds, at least 1, got "0 seconds"$/],
    ["at 2020-01-01T00:00:00Z", [], /which is never due again$/],
    ["30 2 * * *", ["--tz", "Europe/Madird"], /^millrace: --tz: .*: did you mean "Europe\/Madrid"\?$/],
    ["heartbeat", ["--tz", "Mars"], /^millrace: --tz: expected an IANA time zone, got "Mars": /],
    ["", [], /^millrace: cron: expected 5 fields .*, got 0 in ""$/],
  ])("%s %j is answered with 2 and a sentence", async (text, options, sentence) => {
    const { code, out, err } = await run(text, ...options);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(sentence);
    expect(err).not.toContain("\n");
  });

  test("a name that is not in the code is asked for in the pipeline, if there is one", async () => {
    const { code, err } = await run("nightly");
    expect(code).toBe(1);
    expect(err).toMatch(
      /^millrace: there is no schedule "nightly" in jobs\/schedules.ts, which has heartbeat, /,
    );
    expect(err).toMatch(/one made at run time is not to be asked for: no pipeline is asked$/);
  });

  test("a megabyte is answered likewise", async () => {
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
    [["30 2 31 2 *"], /^millrace: cron: .* never fires from 1970 to 2199: correct its day, month or year$/],
    [["30 2 * * *", "--gap", "jump"], /Allowed choices are run-after-gap, skip\./],
    [["30 2 * * *", "--count", "0"], /Expected 1 to 100\./],
    [
      ["30 2 * * *", "--from", "yesterday"],
      /--from: expected an instant with its offset, .* got "yesterday"$/,
    ],
    [[], /missing required argument 'rule'/],
  ])("%j is wrong usage", async (args, sentence) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(sentence);
  });
});

describe("an explanation on a screen", () => {
  const view = (text: string, zone: string, options: PolicyOptions, columns = 100, isColoured = false) => {
    const rule = parseRule(text, zone);
    const schedule = { name: "nightly", policy: schedulePolicy(options) };
    const explained = explain(rule, { from: Date.parse("2026-03-06T12:00:00Z"), count: 4, schedule });
    const look = { columns, paint: painter(isColoured) };
    return viewExplanation({ ...explained, schedule: "nightly", job: "report" }, look);
  };

  test("tells a schedule with every policy", () => {
    const all = {
      catchUp: "all",
      overlap: "queue-one",
      jitter: "10 minutes",
      pauseAfter: 3,
      atMostEvery: "1 hour",
    };
    expect(view("0,30 3 * * *", "Europe/Madrid", all as PolicyOptions)).toMatchInlineSnapshot(`
"nightly: job report, 0,30 3 * * * (Europe/Madrid)
At 0 and 30 minutes past the hour, at 03:00.

DUE (Europe/Madrid)          STARTS    UTC                   AWAY
Sat 2026-03-07 03:00:00 CET  03:01:24  2026-03-07 02:00:00Z  in 14 h
Sat 2026-03-07 03:30:00 CET            2026-03-07 02:30:00Z  in 15 h  too soon: skipped
Sun 2026-03-08 03:00:00 CET  03:09:19  2026-03-08 02:00:00Z  in 38 h
Sun 2026-03-08 03:30:00 CET            2026-03-08 02:30:00Z  in 39 h  too soon: skipped

CLOCK CHANGES (Europe/Madrid, one year)
Sun 2026-03-29 02:00 to 03:00  no time of this rule is left out.
Sun 2026-10-25 03:00 to 02:00  no time of this rule comes twice.

POLICIES
dst.gap      A time that the clocks jump over runs at the first instant after the gap, once.
dst.overlap  A time that the clocks show twice runs the first time.
catchUp      Of what is missed, the latest 1000 occurrences not older than 1 week run. Were Sat
             2026-03-07 03:00 and Sat 2026-03-07 03:30 and Sun 2026-03-08 03:00 missed, only Sat
             2026-03-07 03:00 and Sun 2026-03-08 03:00 would run.
overlap      While an earlier run has not ended, retries included, one occurrence waits for its
             turn; others are skipped.
jitter       Each occurrence starts up to 10 minutes after it is due, always by the same amount.
pauseAfter   The schedule pauses when 3 runs of it in a row have died, until it is resumed.
atMostEvery  What is due less than 1 hour after the occurrence before is skipped.

COST
runs     30 in the next 30 days, 1 a day on average.
price    less than $0.01 a month; $11.88 per million runs: DynamoDB $8.63, SQS $1.20, Lambda $1.80,
         logs $0.25.
assumed  Each run works 100 ms in 1 GB, comes alone in its batch, logs 0.5 KB and succeeds at once;
         list prices of us-east-1 on 2026-11-21.
besides  $1.85 a month for the pipeline, whatever it does: polls, ticks, queries."
`);
  });

  test("keeps within 80 columns all but the times", () => {
    const lines = view("30 2 * * *", "America/New_York", { jitter: "10 minutes" }, 80).split("\n");
    const others = lines.slice(lines.findIndex((line) => line.startsWith("CLOCK")));
    expect(Math.max(...others.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(view("30 2 * * *", "UTC", {}, Number.POSITIVE_INFINITY)).toBe(view("30 2 * * *", "UTC", {}, 100));
  });

  test("marks in colour what the clocks do", () => {
    const painted = view("30 2 * * *", "America/New_York", {}, 100, true);
    expect(painted).toContain("\u001b[33mmoved from 02:30\u001b[39m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours begin with one
    expect(painted.replace(/\u001b\[\d+m/g, "")).toBe(view("30 2 * * *", "America/New_York", {}));
  });
});
