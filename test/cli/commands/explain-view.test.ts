import { describe, expect, test } from "@jest/globals";
import { viewExplanation } from "../../../cli/commands/explain-view.ts";
import { painter } from "../../../cli/terminal/color.ts";
import { anyOf } from "../../../shared/core/rules/cron/combine.ts";
import { cron } from "../../../shared/core/rules/cron/cron.ts";
import { except } from "../../../shared/core/rules/cron/except.ts";
import { parseRule } from "../../../shared/core/rules/cron/parse-rule.ts";
import { explain } from "../../../shared/core/rules/explain/explain.ts";
import { schedulePolicy } from "../../../shared/core/schedules/policy.ts";
import type { PolicyOptions } from "../../../shared/core/schedules/policy-options.ts";

describe("viewExplanation", () => {
  const view = (text: string, zone: string, options: PolicyOptions, columns = 100, isColored = false) => {
    const rule = parseRule(text, zone);
    const schedule = { name: "nightly", policy: schedulePolicy(options) };
    const explained = explain(rule, { from: Date.parse("2026-03-06T12:00:00Z"), count: 4, schedule });
    const look = { columns, paint: painter(isColored) };
    return viewExplanation({ ...explained, schedule: "nightly", job: "report" }, look);
  };

  test("shows a schedule with every policy", () => {
    const all = {
      catchUp: "all",
      overlap: "buffer-one",
      jitter: "10 minutes",
      pauseAfterDeaths: 3,
      minInterval: "1 hour",
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
dst.gap           A time that the clocks jump over runs at the first instant after the gap, once.
dst.overlap       A time that the clocks show twice runs the first time.
catchUp           Of what is missed, the latest 1000 occurrences not older than 1 week run. Were Sat
                  2026-03-07 03:00 and Sat 2026-03-07 03:30 and Sun 2026-03-08 03:00 missed, only
                  Sat 2026-03-07 03:00 and Sun 2026-03-08 03:00 would run.
overlap           While an earlier run has not ended, retries included, one occurrence waits for its
                  turn; others are skipped.
jitter            Each occurrence starts up to 10 minutes after it is due, always by the same
                  amount.
pauseAfterDeaths  The schedule pauses when 3 runs of it in a row have died, until it is resumed.
minInterval       What is due less than 1 hour after the occurrence before is skipped.

COST
runs     30 in the next 30 days, 1 a day on average.
price    less than $0.01 a month; $11.88 per million runs: DynamoDB $8.63, SQS $1.20, Lambda $1.80,
         logs $0.25.
assumed  Each run takes 100 ms in 1 GB, is alone in its batch, logs 0.5 KB and succeeds at the first
         attempt; list prices of us-east-1 on 2026-11-21.
besides  The idle pipeline costs $3.68 as dev, $6.07 as prod a month. docs/cost.md lists the items."
`);
  });

  test("shows the date of a start that jitter moves to another day", () => {
    const shown = view("0 23 * * *", "UTC", { jitter: "1 day" });
    expect(shown.split("\n\n")[1]).toMatchInlineSnapshot(`
"DUE (UTC)                STARTS               AWAY
Fri 2026-03-06 23:00:00  2026-03-07 15:32:29  in 11 h
Sat 2026-03-07 23:00:00  2026-03-08 11:44:44  in 35 h
Sun 2026-03-08 23:00:00  2026-03-09 15:47:53  in 2 d
Mon 2026-03-09 23:00:00  2026-03-10 02:29:42  in 3 d"
`);
  });

  test("shows a combined rule by its parts", () => {
    const rule = anyOf(
      cron("30 2 * * *", "Europe/Madrid"),
      except(cron("cron(15 2 * * ? *)", "Europe/Madrid"), { dates: ["2026-10-25"] }),
    );
    const look = { columns: 100, paint: painter(false) };
    const from = Date.parse("2026-03-28T12:00:00Z");
    expect(
      viewExplanation(explain(rule, { from, count: 2 }), look).split("\n\nCOST")[0],
    ).toMatchInlineSnapshot(`
"30 2 * * * (Europe/Madrid) or cron(15 2 * * ? *) (Europe/Madrid) except 2026-10-25
At 02:30, every day; or at 02:15, every day, except 2026-10-25.

DUE (Europe/Madrid)           UTC                   AWAY
Sun 2026-03-29 02:15                                         cron(15 2 * * ? *): skipped by the gap
Sun 2026-03-29 03:00:00 CEST  2026-03-29 01:00:00Z  in 13 h  moved from 02:30
Mon 2026-03-30 02:15:00 CEST  2026-03-30 00:15:00Z  in 36 h

CLOCK CHANGES (Europe/Madrid, one year)
Sun 2026-03-29 02:00 to 03:00  30 2 * * *: 02:30 does not exist: runs at 03:00 instead.
Sun 2026-03-29 02:00 to 03:00  cron(15 2 * * ? *): 02:15 does not exist: skipped.
Sun 2026-10-25 03:00 to 02:00  30 2 * * *: 02:30 comes twice: runs the first time, 00:30Z.
Sun 2027-03-28 02:00 to 03:00  30 2 * * *: 02:30 does not exist: runs at 03:00 instead.
Sun 2027-03-28 02:00 to 03:00  cron(15 2 * * ? *): 02:15 does not exist: skipped.

POLICIES
dst.gap      30 2 * * * (Europe/Madrid): A time that the clocks jump over runs at the first instant
             after the gap, once.
dst.gap      cron(15 2 * * ? *) (Europe/Madrid): A time that the clocks jump over does not run that
             day.
dst.overlap  A time that the clocks show twice runs the first time."
`);
    const two = anyOf(rule, cron("0 9 * * *", "Asia/Tokyo"));
    expect(
      viewExplanation(explain(two, { from, count: 2 }), look).split("\n\nPOLICIES")[0],
    ).toMatchInlineSnapshot(`
"(30 2 * * * (Europe/Madrid) or cron(15 2 * * ? *) (Europe/Madrid) except 2026-10-25) or 0 9 * * * (Asia/Tokyo)
At 02:30, every day (Europe/Madrid); or at 02:15, every day (Europe/Madrid), except 2026-10-25; or
at 09:00, every day (Asia/Tokyo).

DUE (UTC)                AWAY
Sun 2026-03-29 00:00:00  in 12 h
Sun 2026-03-29 01:00:00  in 13 h  moved from 02:30 (Europe/Madrid)

CLOCK CHANGES (one year)
Sun 2026-03-29 02:00 to 03:00 (Europe/Madrid)  30 2 * * *: 02:30 does not exist: runs at 03:00
                                               instead.
Sun 2026-03-29 02:00 to 03:00 (Europe/Madrid)  cron(15 2 * * ? *): 02:15 does not exist: skipped.
Sun 2026-10-25 03:00 to 02:00 (Europe/Madrid)  30 2 * * *: 02:30 comes twice: runs the first time,
                                               00:30Z.
Sun 2027-03-28 02:00 to 03:00 (Europe/Madrid)  30 2 * * *: 02:30 does not exist: runs at 03:00
                                               instead.
Sun 2027-03-28 02:00 to 03:00 (Europe/Madrid)  cron(15 2 * * ? *): 02:15 does not exist: skipped.
The clocks of Asia/Tokyo do not change within a year."
`);
  });

  test("fits everything but the times into 80 columns", () => {
    const lines = view("30 2 * * *", "America/New_York", { jitter: "10 minutes" }, 80).split("\n");
    const others = lines.slice(lines.findIndex((line) => line.startsWith("CLOCK")));
    expect(Math.max(...others.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(view("30 2 * * *", "UTC", {}, Number.POSITIVE_INFINITY)).toBe(view("30 2 * * *", "UTC", {}, 100));
  });

  test("highlights the effects of clock changes in color", () => {
    const painted = view("30 2 * * *", "America/New_York", {}, 100, true);
    expect(painted).toContain("\u001b[33mmoved from 02:30\u001b[39m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: color codes begin with one
    expect(painted.replace(/\u001b\[\d+m/g, "")).toBe(view("30 2 * * *", "America/New_York", {}));
  });
});
