import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob, every, schedule } from "../../../shared/index.ts";
import { operate } from "../../../shared/operations/operation.ts";
import { scheduleCreate, scheduleEdit } from "../../../shared/operations/schedules/define-schedule.ts";
import {
  at,
  createOperatedPipeline,
  describeTimes,
  runsOf,
  storedIn,
} from "../../pipeline/support/operations-harness.ts";
import { createPipeline, minute, scriptedJob, second } from "../../pipeline/support/pipeline-harness.ts";

const often = { name: "often", job: "scripted", rule: "every 1 minute", input: { value: 1 } };

describe("schedules.edit", () => {
  const setUp = async (more: object = {}) => {
    const operated = createOperatedPipeline();
    await operated.ask("schedules.create", { ...often, ...more });
    await operated.pipeline.live(30 * second);
    const history = async () =>
      describeTimes((await operated.ask("schedules.history", { name: "often" })).times);
    return { ...operated, history };
  };

  test("moves the next times, and skips what was sent and is no longer due", async () => {
    const { pipeline, ask, history } = await setUp();
    expect(await ask("schedules.edit", { name: "often", rule: "every 40 seconds" })).toMatchObject({
      schedule: { rule: "every 40 seconds", next: [at("00:00:40"), at("00:01:20")] },
      skipped: [{ from: at("00:01:00"), to: at("00:01:00"), count: 1, reason: "edited: not due any more" }],
    });
    await pipeline.live(3 * minute);
    expect(runsOf(pipeline, "often").slice(0, 7)).toEqual([
      "00:00:00 succeeded",
      "00:00:40 succeeded",
      "00:01:00 cancelled",
      "00:01:20 succeeded",
      "00:02:00 succeeded",
      "00:02:40 succeeded",
      "00:03:20 succeeded",
    ]);
    expect(await history()).toContain(
      '00:01:00 skipped schedule "often" was edited: it is not due then any more',
    );
    expect((await ask("schedules.audit")).schedules).toMatchObject([{ from: at("00:00:30"), missing: [] }]);
  });

  test("keeps to its times when the rule stays, and the new input reaches what was sent", async () => {
    const { pipeline, ask } = await setUp({ minInterval: "1 minute" });
    await ask("schedules.edit", { name: "often", input: { value: 2 }, jitter: "0 seconds" });
    await pipeline.live(2 * minute);
    expect(pipeline.runs().slice(0, 3)).toMatchObject([{ result: "1" }, { result: "2" }, { result: "2" }]);
    const { times } = await ask("schedules.history", { name: "often" });
    expect(times.filter(({ outcome }: { outcome: string }) => outcome === "skipped")).toEqual([]);
  });

  // Passes once the guard compares the run's job with the schedule's.
  test("runs another job from now on, and what was sent for the old one does not run", async () => {
    const other = defineJob({ name: "other", input: z.object({ value: z.number() }), run: () => "other" });
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted, other]);
    const context = { ports: pipeline.ports, registry: defineRegistry([scripted, other]) };
    await operate(scheduleCreate, often, context);
    await pipeline.live(30 * second);
    expect(await operate(scheduleEdit, { name: "often", job: "other" }, context)).toMatchObject({
      skipped: [],
    });
    await pipeline.live(2 * minute);
    const before = pipeline.runs().filter(({ dueAt }) => dueAt < pipeline.clock.now());
    expect(before.map(({ id, state }) => `${id} ${state}`).sort()).toEqual([
      "other:often@2026-01-01T00:01:00Z succeeded",
      "other:often@2026-01-01T00:02:00Z succeeded",
      "scripted:often@2026-01-01T00:00:00Z succeeded",
      "scripted:often@2026-01-01T00:01:00Z cancelled",
      "scripted:often@2026-01-01T00:02:00Z cancelled",
    ]);
  });

  test("leaves what it does not name", async () => {
    const { ask } = await setUp({
      rule: "30 2 * * *",
      zone: "Europe/Madrid",
      dst: { gap: "skip" },
      catchUp: "all",
      pauseAfterDeaths: 3,
    });
    await ask("schedules.edit", {
      name: "often",
      rule: "45 2 * * *",
      dst: { overlap: "both" },
      catchUpLimit: 5,
    });
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({
      rule: "45 2 * * *",
      zone: "Europe/Madrid",
      dst: { gap: "skip", overlap: "both" },
      policy: { catchUp: "all", catchUpLimit: 5, pauseAfterDeaths: 3 },
      input: { value: 1 },
    });
    await ask("schedules.edit", { name: "often", rule: "every 1 hour" });
    expect(await ask("schedules.show", { name: "often" })).not.toHaveProperty("dst");
  });

  test("unites rules and leaves out days, and takes both away again", async () => {
    const rules = ["0 9 * * MON-FRI", "0 12 * * SAT"];
    const { pipeline, ask } = await setUp({ rule: rules, zone: "Europe/Madrid", except: ["2026-01-02"] });
    const first = ["2026-01-03T11:00:00.000Z", "2026-01-05T08:00:00.000Z"];
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({
      next: [at("08:00:00"), first[0]],
    });
    await ask("schedules.edit", { name: "often", except: ["2026-01-01", "2026-01-02"] });
    const shown = await ask("schedules.show", { name: "often" });
    expect(shown.next).toEqual(first);
    expect(shown.rule).toMatch(
      /^\(0 9 \* \* MON-FRI .*or 0 12 .*\) except 2026-01-01, 2026-01-02 in Europe\/Madrid$/,
    );
    await ask("schedules.edit", { name: "often", rule: "0 9 * * MON-FRI", except: null });
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({
      rule: "0 9 * * MON-FRI",
      next: [at("08:00:00"), "2026-01-02T08:00:00.000Z"],
    });
    await pipeline.live(9 * 60 * minute);
    expect(runsOf(pipeline, "often")).toEqual(["08:00:00 succeeded"]);
  });

  test.each([
    [
      "a date that is none",
      { except: ["Christmas"] },
      /^dates: expected a date such as "2027-12-25", got "Christmas"$/,
    ],
    [
      "one bad rule of two",
      { rule: ["every 1 hour", "61 * * * *"] },
      /^cron minute: expected 0 to 59, got "61"/,
    ],
    [
      "a zone that is no matter",
      { zone: "Europe/Madrid" },
      /^zone: expected a rule on the clocks of a zone, got "every 1 minute"/,
    ],
  ])("refuses %s, and changes nothing", async (_, more, problem) => {
    const { pipeline, ask } = await setUp();
    const before = await storedIn(pipeline, "often");
    await expect(ask("schedules.edit", { name: "often", ...more })).rejects.toThrow(problem);
    expect(await storedIn(pipeline, "often")).toEqual(before);
  });

  test("forgets the input when another job takes none", async () => {
    const { scripted } = scriptedJob();
    const bare = defineJob({ name: "bare", run: () => undefined });
    const pipeline = createPipeline([scripted, bare]);
    const context = { ports: pipeline.ports, registry: defineRegistry([scripted, bare]) };
    await operate(scheduleCreate, often, context);
    const { schedule } = await operate(scheduleEdit, { name: "often", job: "bare" }, context);
    expect(schedule.job).toBe("bare");
    expect(schedule).not.toHaveProperty("input");
  });

  test("takes away what is null", async () => {
    const { ask } = await setUp({
      rule: "30 2 * * *",
      zone: "Europe/Madrid",
      dst: { gap: "skip" },
      end: "2030-01-01T00:00:00Z",
      catchUp: "all",
      jitter: "1 minute",
      pauseAfterDeaths: 3,
      minInterval: "1 hour",
    });
    const gone = {
      zone: null,
      dst: null,
      end: null,
      catchUp: null,
      pauseAfterDeaths: null,
      minInterval: null,
    };
    await ask("schedules.edit", { name: "often", ...gone });
    const shown = await ask("schedules.show", { name: "often" });
    expect(shown).toMatchObject({ rule: "30 2 * * *", dst: { gap: "run-after-gap", overlap: "first" } });
    expect(shown.policy).toEqual({
      catchUp: "latest",
      catchUpWindow: "1 week",
      catchUpLimit: 1_000,
      overlap: "allow",
      jitter: "1 minute",
    });
    expect(shown.zone).toBe("UTC");
    expect(shown).not.toHaveProperty("end");
  });

  test("accepts a rule that is never due if asked, and continues with the next", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    const never = { ...often, rule: "30 2 31 2 *" };
    expect(await ask("schedules.create", { ...never, allowNever: true })).toMatchObject({
      schedule: { name: "often", next: [] },
    });
    expect(pipeline.runs()).toEqual([]);
    await pipeline.live(2 * minute);
    await ask("schedules.edit", { name: "often", rule: "every 1 minute" });
    await pipeline.live(2 * minute);
    expect(runsOf(pipeline, "often")).toContain("00:03:00 succeeded");
    await expect(ask("schedules.edit", { name: "often", rule: never.rule })).rejects.toThrow("never fires");
    const edited = await ask("schedules.edit", { name: "often", rule: never.rule, allowNever: true });
    expect(edited).toMatchObject({ schedule: { next: [] } });
  });

  test("loses nothing when two edit at once, or one pauses", async () => {
    const { ask } = await setUp();
    await Promise.all([
      ask("schedules.edit", { name: "often", rule: "every 2 minutes" }),
      ask("schedules.edit", { name: "often", input: { value: 3 } }),
      ask("schedules.pause", { name: "often", reason: "storm" }),
    ]);
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({
      rule: "every 2 minutes",
      input: { value: 3 },
      state: "paused",
      pauseReason: "storm",
    });
  });

  test("reports what a pause has skipped so far under the old rule, and stays paused", async () => {
    const { pipeline, ask, history } = await setUp();
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await pipeline.live(3 * minute);
    expect(await ask("schedules.edit", { name: "often", rule: "every 2 minutes" })).toMatchObject({
      schedule: { state: "paused", next: [] },
      skipped: [{ from: at("00:03:00"), to: at("00:03:00"), count: 1, reason: "paused: storm" }],
    });
    await pipeline.live(3 * minute);
    await ask("schedules.resume", { name: "often" });
    await pipeline.live(2 * minute);
    expect((await history()).filter((line) => !line.endsWith("sent"))).toEqual([
      "00:00:00 fired",
      ...["00:01:00", "00:02:00", "00:03:00", "00:04:00", "00:06:00"].map(
        (time) => `${time} skipped paused: storm`,
      ),
      "00:08:00 fired",
    ]);
  });

  test("refuses one of the code, and changes nothing", async () => {
    const { pipeline, ask } = createOperatedPipeline((job) => [
      schedule(every("1 hour"), job, {}, { name: "often" }),
    ]);
    await pipeline.reconcile();
    const before = await storedIn(pipeline, "often");
    await expect(ask("schedules.edit", { name: "often", rule: "every 2 hours" })).rejects.toThrow(
      'schedule "often": expected one made at run time, got one of the code; edit jobs/schedules.ts and deploy',
    );
    expect(await storedIn(pipeline, "often")).toEqual(before);
  });
});
