import { describe, expect, test } from "@jest/globals";
import { every, schedule } from "../../../shared/index.ts";
import { at, createOperatedPipeline, runsOf, storedIn } from "../../pipeline/support/operations-harness.ts";
import { minute } from "../../pipeline/support/pipeline-harness.ts";

const often = { name: "often", job: "scripted", rule: "every 1 minute", input: { value: 1 } };

describe("schedules.create", () => {
  test("makes a schedule that runs by itself and that a deploy leaves alone", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    expect(await ask("schedules.create", often)).toMatchObject({
      schedule: {
        name: "often",
        source: "runtime",
        state: "active",
        next: [at("00:01:00"), at("00:02:00")],
      },
      skipped: [],
    });
    await pipeline.reconcile();
    await pipeline.live(2 * minute);
    expect(runsOf(pipeline, "often").slice(0, 2)).toEqual(["00:00:00 succeeded", "00:01:00 succeeded"]);
  });

  test("takes every option", async () => {
    const { ask } = createOperatedPipeline();
    await ask("schedules.create", {
      ...often,
      rule: "30 2 * * *",
      zone: "Europe/Madrid",
      dst: { gap: "skip" },
      start: "2026-02-01T00:00:00Z",
      end: "2026-03-01T00:00:00+01:00",
      catchUp: "all",
      catchUpWindow: "2 days",
      catchUpLimit: 7,
      overlap: "buffer-one",
      jitter: "30 seconds",
      pauseAfterDeaths: 3,
      minInterval: "90 minutes",
    });
    expect(await ask("schedules.show", { name: "often", count: 1 })).toEqual({
      name: "often",
      job: "scripted",
      lane: "normal",
      state: "active",
      source: "runtime",
      rule: "30 2 * * *",
      zone: "Europe/Madrid",
      dst: { gap: "skip", overlap: "first" },
      start: "2026-02-01T00:00:00.000Z",
      end: "2026-02-28T23:00:00.000Z",
      input: { value: 1 },
      policy: {
        catchUp: "all",
        catchUpWindow: "2 days",
        catchUpLimit: 7,
        overlap: "buffer-one",
        jitter: "30 seconds",
        pauseAfterDeaths: 3,
        minInterval: "90 minutes",
      },
      next: ["2026-02-01T01:30:00.000Z"],
    });
  });

  test("runs once now when its last time is over, if asked", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    const rule = "at 2025-06-01T00:00:00Z";
    const { run, schedule } = await ask("schedules.create", { ...often, rule, ifPast: "run-now" });
    expect(schedule).toMatchObject({ rule: "at 2025-06-01T00:00:00.000Z", next: [] });
    await pipeline.live(5 * minute);
    expect(pipeline.runs()).toMatchObject([
      { id: run, state: "succeeded", result: "1", tags: ["schedule:often"] },
    ]);
    expect((await ask("schedules.audit")).schedules).toMatchObject([{ due: 0, missing: [] }]);
  });

  const wrong: readonly [string, object, RegExp][] = [
    [
      "no interval",
      { rule: "every 0 seconds" },
      /^every: expected whole seconds, at least 1, got "0 seconds"$/,
    ],
    [
      "an unknown zone",
      { zone: "Europe/Madird" },
      /^zone: .*got "Europe\/Madird"; did you mean "Europe\/Madrid"\?$/,
    ],
    [
      "a rule that is never due",
      { rule: "30 2 31 2 *" },
      /^cron: .*"30 2 31 2 \*", which never fires .*; correct its day/,
    ],
    [
      "both day fields in the dialect of AWS",
      { rule: "cron(0 12 1 * 2 *)" },
      /^cron day of week: expected exactly one "\?" .*, got "1 and 2" in/,
    ],
    [
      "neither day field in the dialect of AWS",
      { rule: "cron(0 12 ? * ? *)" },
      /^cron day of week: expected exactly one "\?"/,
    ],
    [
      "an instant in the past",
      { rule: "at 2025-06-01T00:00:00Z" },
      /^rule: expected an instant to come, got "at 2025-06-01.*", which is never due again; choose a later one, or set ifPast to "run-now"$/,
    ],
    [
      "an end in the past",
      { end: "2025-06-01T00:00:00Z" },
      /^rule: expected an instant to come, got "every 1 minute" until 2025-06-01/,
    ],
    [
      "an end before its start",
      { start: "2027-02-01T00:00:00Z", end: "2027-01-01T00:00:00Z" },
      /^end: expected an instant after start, 2027-02-01.*, got 2027-01-01.*; choose a later one$/,
    ],
    [
      "a start that is no instant",
      { start: "tomorrow" },
      /^start: expected an instant with its offset.*"tomorrow"$/,
    ],
    ["no rule", { rule: "now and then" }, /^cron: expected 5 fields .*, got 3 in "now and then"$/],
    [
      "clocks for a rule without",
      { dst: { gap: "skip" } },
      /^dst: expected a rule on the clocks of a zone, got "every 1 minute", which keeps its rhythm; leave it out$/,
    ],
    [
      "an unknown job",
      { job: "fax" },
      /^job: expected one of scripted, got "fax"; choose one, or add it to jobs/,
    ],
    [
      "an input its job refuses",
      { input: { fail: "no" } },
      /^input of job "scripted" is not valid: fail: .*got "no"$/,
    ],
    [
      "a bad name",
      { name: "Not So" },
      /^schedule name: expected lower-case words joined by hyphens.*got "Not So"$/,
    ],
    ["a bad policy", { catchUp: "some" }, /^catchUp: .*"none"\|"latest"\|"all", got "some"$/],
    [
      "a bad count",
      { pauseAfterDeaths: 0 },
      /^pauseAfterDeaths: expected a whole number from 1 to 100, got 0$/,
    ],
    ["a bad duration", { jitter: "a bit" }, /^jitter: expected a duration such as .*, got "a bit"$/],
    ["a bad choice for the past", { ifPast: "forget" }, /^ifPast: .*"refuse"\|"run-now", got "forget"$/],
  ];

  test.each(wrong)("refuses %s in one sentence, and stores nothing", async (_, more, problem) => {
    const { pipeline, ask } = createOperatedPipeline();
    await expect(ask("schedules.create", { ...often, ...more })).rejects.toThrow(problem);
    await expect(ask("schedules.create", { ...often, ...more })).rejects.not.toThrow(/\n/);
    expect(await storedIn(pipeline, "often")).toEqual({ schedules: [], ledger: [], runs: [] });
  });

  test.each(wrong.filter(([, more]) => !("ifPast" in more || "name" in more)))(
    "refuses %s in an edit too, and changes nothing",
    async (_, more, problem) => {
      const { pipeline, ask } = createOperatedPipeline();
      await ask("schedules.create", often);
      const before = await storedIn(pipeline, "often");
      const inEdit = new RegExp(problem.source.replace(', or set ifPast to "run-now"', ""));
      await expect(ask("schedules.edit", { name: "often", ...more })).rejects.toThrow(inEdit);
      expect(await storedIn(pipeline, "often")).toEqual(before);
    },
  );

  test.each([
    ["another schedule", true],
    ["jobs/schedules.ts", true],
    ["jobs/schedules.ts", false],
  ])("refuses a name that %s has, deployed: %s, and changes nothing", async (owner, isDeployed) => {
    const inCode = owner !== "another schedule";
    const { pipeline, ask } = createOperatedPipeline((job) =>
      inCode ? [schedule(every("1 hour"), job, {}, { name: "often" })] : [],
    );
    if (isDeployed) await pipeline.reconcile();
    if (!inCode) await ask("schedules.create", often);
    const before = await storedIn(pipeline, "often");
    await expect(ask("schedules.create", { ...often, rule: "every 2 minutes" })).rejects.toThrow(
      `name: expected a name that is free, got "often", which ${owner} has; choose another, or edit that one`,
    );
    expect(await storedIn(pipeline, "often")).toEqual(before);
  });
});
