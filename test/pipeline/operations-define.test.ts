import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { defineRegistry } from "../../shared/core/registry.ts";
import { defineJob, every, schedule } from "../../shared/index.ts";
import { scheduleCreate, scheduleEdit } from "../../shared/pipeline/operations/define-schedule.ts";
import { operate } from "../../shared/pipeline/operations/operation.ts";
import { at, createOperated, runsOf, storedIn, told } from "./operations-world.ts";
import { createWorld, minute, obedient, second } from "./world.ts";

const often = { name: "often", job: "scripted", rule: "every 1 minute", input: { value: 1 } };

describe("schedules.create", () => {
  test("makes a schedule that runs by itself and that a deploy leaves alone", async () => {
    const { world, ask } = createOperated();
    expect(await ask("schedules.create", often)).toMatchObject({
      schedule: {
        name: "often",
        source: "operator",
        state: "active",
        next: [at("00:01:00"), at("00:02:00")],
      },
      letGo: [],
    });
    await world.reconcile();
    await world.live(2 * minute);
    expect(runsOf(world, "often").slice(0, 2)).toEqual(["00:00:00 succeeded", "00:01:00 succeeded"]);
  });

  test("takes every option", async () => {
    const { ask } = createOperated();
    await ask("schedules.create", {
      ...{ ...often, rule: "30 2 * * *", zone: "Europe/Madrid", dst: { gap: "skip" } },
      ...{ start: "2026-02-01T00:00:00Z", end: "2026-03-01T00:00:00+01:00" },
      ...{
        catchUp: "all",
        catchUpWithin: "2 days",
        catchUpMost: 7,
        overlap: "queue-one",
        jitter: "30 seconds",
      },
      ...{ pauseAfter: 3, atMostEvery: "90 minutes" },
    });
    expect(await ask("schedules.show", { name: "often", count: 1 })).toEqual({
      ...{ name: "often", job: "scripted", lane: "normal", state: "active", source: "operator" },
      ...{ rule: "30 2 * * *", zone: "Europe/Madrid", dst: { gap: "skip", overlap: "first" } },
      ...{ start: "2026-02-01T00:00:00.000Z", end: "2026-02-28T23:00:00.000Z", input: { value: 1 } },
      policy: {
        ...{ catchUp: "all", catchUpWithin: "2 days", catchUpMost: 7, overlap: "queue-one" },
        ...{ jitter: "30 seconds", pauseAfter: 3, atMostEvery: "90 minutes" },
      },
      next: ["2026-02-01T01:30:00.000Z"],
    });
  });

  test("runs once now when its last time is over, if asked", async () => {
    const { world, ask } = createOperated();
    const rule = "at 2025-06-01T00:00:00Z";
    const { run, schedule } = await ask("schedules.create", { ...often, rule, past: "run-now" });
    expect(schedule).toMatchObject({ rule: "at 2025-06-01T00:00:00.000Z", next: [] });
    await world.live(5 * minute);
    expect(world.runs()).toMatchObject([
      { id: run, state: "succeeded", result: "1", tags: ["schedule:often"] },
    ]);
    expect((await ask("schedules.audit")).schedules).toMatchObject([{ due: 0, holes: [] }]);
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
      /^zone: .*got "Europe\/Madird": did you mean "Europe\/Madrid"\?$/,
    ],
    [
      "a rule that is never due",
      { rule: "30 2 31 2 *" },
      /^cron: "30 2 31 2 \*" never fires .*: correct its day/,
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
      /^rule: expected an instant to come, got "at 2025-06-01.*", which is never due again; choose a later one, or ask for past: "run-now"$/,
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
    ["a bad count", { pauseAfter: 0 }, /^pauseAfter: expected a whole number from 1 to 100, got 0$/],
    ["a bad duration", { jitter: "a bit" }, /^jitter: expected a duration such as .*, got "a bit"$/],
    ["a bad choice for the past", { past: "forget" }, /^past: .*"refuse"\|"run-now", got "forget"$/],
  ];

  test.each(wrong)("refuses %s in one sentence, and stores nothing", async (_, more, problem) => {
    const { world, ask } = createOperated();
    await expect(ask("schedules.create", { ...often, ...more })).rejects.toThrow(problem);
    await expect(ask("schedules.create", { ...often, ...more })).rejects.not.toThrow(/\n/);
    expect(await storedIn(world, "often")).toEqual({ schedules: [], ledger: [], runs: [] });
  });

  test.each(wrong.filter(([, more]) => !("past" in more || "name" in more)))(
    "refuses %s in an edit too, and changes nothing",
    async (_, more, problem) => {
      const { world, ask } = createOperated();
      await ask("schedules.create", often);
      const before = await storedIn(world, "often");
      const inEdit = new RegExp(problem.source.replace(', or ask for past: "run-now"', ""));
      await expect(ask("schedules.edit", { name: "often", ...more })).rejects.toThrow(inEdit);
      expect(await storedIn(world, "often")).toEqual(before);
    },
  );

  test.each([
    ["another schedule", true],
    ["jobs/schedules.ts", true],
    ["jobs/schedules.ts", false],
  ])("refuses a name that %s has, deployed: %s, and changes nothing", async (owner, isDeployed) => {
    const inCode = owner !== "another schedule";
    const { world, ask } = createOperated((job) =>
      inCode ? [schedule(every("1 hour"), job, {}, { name: "often" })] : [],
    );
    if (isDeployed) await world.reconcile();
    if (!inCode) await ask("schedules.create", often);
    const before = await storedIn(world, "often");
    await expect(ask("schedules.create", { ...often, rule: "every 2 minutes" })).rejects.toThrow(
      `name: expected a name that is free, got "often", which ${owner} has; choose another, or edit that one`,
    );
    expect(await storedIn(world, "often")).toEqual(before);
  });
});

describe("schedules.edit", () => {
  const setUp = async (more: object = {}) => {
    const operated = createOperated();
    await operated.ask("schedules.create", { ...often, ...more });
    await operated.world.live(30 * second);
    const history = async () => told((await operated.ask("schedules.history", { name: "often" })).times);
    return { ...operated, history };
  };

  test("moves the next times, and lets go what was sent and is not due any more", async () => {
    const { world, ask, history } = await setUp();
    expect(await ask("schedules.edit", { name: "often", rule: "every 40 seconds" })).toMatchObject({
      schedule: { rule: "every 40 seconds", next: [at("00:00:40"), at("00:01:20")] },
      letGo: [{ from: at("00:01:00"), to: at("00:01:00"), count: 1, reason: "edited: not due any more" }],
    });
    await world.live(3 * minute);
    expect(runsOf(world, "often").slice(0, 7)).toEqual([
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
    expect((await ask("schedules.audit")).schedules).toMatchObject([{ from: at("00:00:30"), holes: [] }]);
  });

  test("keeps to its times when the rule stays, and the new input reaches what was sent", async () => {
    const { world, ask } = await setUp({ atMostEvery: "1 minute" });
    await ask("schedules.edit", { name: "often", input: { value: 2 }, jitter: "0 seconds" });
    await world.live(2 * minute);
    expect(world.runs().slice(0, 3)).toMatchObject([{ result: "1" }, { result: "2" }, { result: "2" }]);
    const { times } = await ask("schedules.history", { name: "often" });
    expect(times.filter(({ fate }: { fate: string }) => fate === "skipped")).toEqual([]);
  });

  // Passes once the guard compares the run's job with the schedule's.
  test("runs another job from now on, and what was sent for the old one does not run", async () => {
    const other = defineJob({ name: "other", input: z.object({ value: z.number() }), run: () => "other" });
    const { scripted } = obedient();
    const world = createWorld([scripted, other]);
    const context = { ports: world.ports, registry: defineRegistry([scripted, other]) };
    await operate(scheduleCreate, often, context);
    await world.live(30 * second);
    expect(await operate(scheduleEdit, { name: "often", job: "other" }, context)).toMatchObject({
      letGo: [{ from: at("00:01:00"), to: at("00:02:00"), count: 2 }],
    });
    await world.live(2 * minute);
    const before = world.runs().filter(({ due }) => due < world.clock.now());
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
      ...{ rule: "30 2 * * *", zone: "Europe/Madrid", dst: { gap: "skip" }, catchUp: "all", pauseAfter: 3 },
    });
    await ask("schedules.edit", {
      name: "often",
      rule: "45 2 * * *",
      dst: { overlap: "both" },
      catchUpMost: 5,
    });
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({
      ...{ rule: "45 2 * * *", zone: "Europe/Madrid", dst: { gap: "skip", overlap: "both" } },
      ...{ policy: { catchUp: "all", catchUpMost: 5, pauseAfter: 3 }, input: { value: 1 } },
    });
    await ask("schedules.edit", { name: "often", rule: "every 1 hour" });
    expect(await ask("schedules.show", { name: "often" })).not.toHaveProperty("dst");
  });

  test("takes away what is null", async () => {
    const { ask } = await setUp({
      ...{ rule: "30 2 * * *", zone: "Europe/Madrid", dst: { gap: "skip" }, end: "2030-01-01T00:00:00Z" },
      ...{ catchUp: "all", jitter: "1 minute", pauseAfter: 3, atMostEvery: "1 hour" },
    });
    const gone = { zone: null, dst: null, end: null, catchUp: null, pauseAfter: null, atMostEvery: null };
    await ask("schedules.edit", { name: "often", ...gone });
    const shown = await ask("schedules.show", { name: "often" });
    expect(shown).toMatchObject({ rule: "30 2 * * *", dst: { gap: "run-after-gap", overlap: "first" } });
    expect(shown.policy).toEqual({
      ...{ catchUp: "latest", catchUpWithin: "1 week", catchUpMost: 1_000, overlap: "allow" },
      jitter: "1 minute",
    });
    expect(shown.zone).toBe("UTC");
    expect(shown).not.toHaveProperty("end");
  });

  test("takes a rule that is never due if asked, and goes on with the next", async () => {
    const { world, ask } = createOperated();
    const never = { ...often, rule: "30 2 31 2 *" };
    expect(await ask("schedules.create", { ...never, allowNever: true })).toMatchObject({
      schedule: { name: "often", next: [] },
    });
    expect(world.runs()).toEqual([]);
    await world.live(2 * minute);
    await ask("schedules.edit", { name: "often", rule: "every 1 minute" });
    await world.live(2 * minute);
    expect(runsOf(world, "often")).toContain("00:03:00 succeeded");
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
      ...{ rule: "every 2 minutes", input: { value: 3 }, state: "paused", pausedFor: "storm" },
    });
  });

  test("tells what a pause has let go until then under the old rule, and stays paused", async () => {
    const { world, ask, history } = await setUp();
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await world.live(3 * minute);
    expect(await ask("schedules.edit", { name: "often", rule: "every 2 minutes" })).toMatchObject({
      schedule: { state: "paused", next: [] },
      letGo: [{ from: at("00:03:00"), to: at("00:03:00"), count: 1, reason: "paused: storm" }],
    });
    await world.live(3 * minute);
    await ask("schedules.resume", { name: "often" });
    await world.live(2 * minute);
    expect((await history()).filter((line) => !line.endsWith("sent"))).toEqual([
      "00:00:00 fired",
      ...["00:01:00", "00:02:00", "00:03:00", "00:04:00", "00:06:00"].map(
        (time) => `${time} skipped paused: storm`,
      ),
      "00:08:00 fired",
    ]);
  });

  test("refuses one of the code, and changes nothing", async () => {
    const { world, ask } = createOperated((job) => [schedule(every("1 hour"), job, {}, { name: "often" })]);
    await world.reconcile();
    const before = await storedIn(world, "often");
    await expect(ask("schedules.edit", { name: "often", rule: "every 2 hours" })).rejects.toThrow(
      'schedule "often": expected one made at run time, got one of the code; edit jobs/schedules.ts and deploy',
    );
    expect(await storedIn(world, "often")).toEqual(before);
  });
});
