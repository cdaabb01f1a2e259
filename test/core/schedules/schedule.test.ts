import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineJob } from "../../../shared/core/jobs/job.ts";
import { anyOf, between } from "../../../shared/core/rules/cron/combine.ts";
import { cron } from "../../../shared/core/rules/cron/cron.ts";
import type { DstChoice } from "../../../shared/core/rules/cron/dst.ts";
import { except } from "../../../shared/core/rules/cron/except.ts";
import { every, type Rule } from "../../../shared/core/rules/rule.ts";
import { schedulePolicy } from "../../../shared/core/schedules/policy.ts";
import { schedule } from "../../../shared/core/schedules/schedule.ts";

const run = () => undefined;
const heartbeat = defineJob({ name: "heartbeat", run });
const report = defineJob({
  name: "report",
  input: z.object({ region: z.string(), days: z.number().default(1) }),
  run,
});
const optional = defineJob({ name: "optional", input: z.string().optional(), run });
const hourly = every("1 hour");

describe("a schedule", () => {
  test("is refused with a job that is passed by its name", () => {
    expect(() => schedule(hourly, "heartbeat" as never)).toThrow(
      /^job: expected a job as defineJob returns it/,
    );
  });

  test("is inert data, named after its job unless it has a name of its own", () => {
    expect(schedule(hourly, heartbeat)).toMatchObject({
      name: "heartbeat",
      rule: hourly,
      job: heartbeat,
      input: undefined,
      policy: schedulePolicy(),
    });
    const options = { name: "nightly-eu", catchUp: "all", jitter: "1 minute" } as const;
    expect(schedule(hourly, report, { region: "eu" }, options)).toMatchObject({
      name: "nightly-eu",
      rule: hourly,
      job: report,
      input: { region: "eu" },
      policy: schedulePolicy({ catchUp: "all", jitter: "1 minute" }),
    });
  });

  test("keeps its input as sent: defaults are the receiver's", () => {
    expect(schedule(hourly, report, { region: "eu" }).input).toEqual({ region: "eu" });
  });

  test.each([["Nightly"], ["a:b"], ["a@b"], [""], ["x".repeat(65)]])("cannot be called %j", (name) => {
    expect(() => schedule(hourly, heartbeat, undefined, { name })).toThrow(
      /^schedule name: expected lower-case words joined by hyphens, at most 64 characters, got /,
    );
  });

  test.each(['{ "text": "x" }', '"0 9 * * *"', "null", '{ "next": 5 }'])("cannot be due by %s", (json) => {
    expect(() => schedule(JSON.parse(json), heartbeat)).toThrow(
      /^schedule "heartbeat": rule: expected a rule made by every\(\), cron\(\) or at\(\), or with .*, got ./,
    );
  });

  test("is refused by name with a policy that cannot be right", () => {
    // @ts-expect-error there is no such overlap
    expect(() => schedule(hourly, heartbeat, undefined, { overlap: "both" })).toThrow(
      /^overlap: expected one of/,
    );
    expect(() => schedule(hourly, heartbeat, undefined, { pauseAfterDeaths: 0 })).toThrow(
      /^pauseAfterDeaths: expected/,
    );
  });

  test("does not compile without the input that its job needs, or with another", () => {
    const mistakes = [
      // @ts-expect-error the input is missing
      () => schedule(hourly, report),
      // @ts-expect-error the region is missing
      () => schedule(hourly, report, {}),
      // @ts-expect-error the region is a string
      () => schedule(hourly, report, { region: 7 }),
      // @ts-expect-error the job takes no input
      () => schedule(hourly, heartbeat, { region: "eu" }),
      // @ts-expect-error the input is a string
      () => schedule(hourly, optional, 7),
      // @ts-expect-error there is no such policy
      () => schedule(hourly, heartbeat, undefined, { catchUp: "some" }),
      // @ts-expect-error a duration says its unit
      () => schedule(hourly, heartbeat, undefined, { jitter: "30" }),
    ];
    const correct = [
      () => schedule(hourly, report, { region: "eu" }),
      () => schedule(hourly, report, { region: "eu", days: 7 }),
      () => schedule(hourly, heartbeat),
      () => schedule(hourly, heartbeat, undefined, { name: "pulse" }),
      () => schedule(hourly, optional),
      () => schedule(hourly, optional, "x"),
    ];
    expect(correct.map((make) => make().name)).toHaveLength(6);
    expect(mistakes).toHaveLength(7);
  });
});

describe("the dst option of schedule()", () => {
  const nightly = cron("30 2 * * *", "Europe/Madrid");
  const dstOf = (rule: Rule, dst: DstChoice) => schedule(rule, heartbeat, undefined, { dst }).rule.dst;
  /** The day after which the clocks of Madrid are put forward, at two. */
  const spring = new Date("2026-03-28T12:00:00Z");

  test("is passed to its cron rule, as one word or as parts", () => {
    expect(dstOf(nightly, "skip")).toEqual({ gap: "skip", overlap: "first" });
    expect(dstOf(nightly, { overlap: "both" })).toEqual({ gap: "run-after-gap", overlap: "both" });
    expect(dstOf(cron("cron(30 2 * * ? *)"), "run-after-gap")).toEqual({
      gap: "run-after-gap",
      overlap: "first",
    });
    expect(schedule(nightly, heartbeat).rule).toBe(nightly);
  });

  test("changes the due instants without changing the rule object", () => {
    const next = (dst?: DstChoice) =>
      schedule(nightly, heartbeat, undefined, dst && { dst })
        .rule.next(spring)
        ?.toISOString();
    expect([next(), next("run-after-gap")]).toEqual(Array(2).fill("2026-03-29T01:00:00.000Z"));
    expect(next("skip")).toBe("2026-03-30T00:30:00.000Z");
    expect(nightly.dst.gap).toBe("run-after-gap");
  });

  test.each<[string, Rule]>([
    ["every 1 hour", hourly],
    ["30 2 * * * (Europe/Madrid) or every 1 hour", anyOf(nightly, hourly)],
    ["30 2 * * * (Europe/Madrid) except 2027-01-01", except(nightly, { dates: ["2027-01-01"] })],
    ["30 2 * * * (Europe/Madrid)", between(nightly, {})],
  ])("is refused for %s", (text, rule) => {
    expect(() => dstOf(rule, "skip")).toThrow(
      `schedule "heartbeat": dst: expected a rule made by cron(), got "${text}"; give each cron() its own dst before combining them`,
    );
  });

  test("is refused when it is not a known policy", () => {
    expect(() => dstOf(nightly, "never" as "skip")).toThrow('dst gap: expected "run-after-gap" or "skip"');
  });
});
