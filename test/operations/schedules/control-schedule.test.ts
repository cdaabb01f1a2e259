import { describe, expect, test } from "@jest/globals";
import { every, schedule } from "../../../shared/index.ts";
import {
  at,
  createOperatedPipeline,
  runsOf,
  createMinutelySchedule as setUp,
  storedIn,
} from "../../pipeline/support/operations-harness.ts";
import { minute } from "../../pipeline/support/pipeline-harness.ts";

describe("schedules.pause", () => {
  test("skips what was sent already, and the ledger says so", async () => {
    const { pipeline, ask, history, audit } = await setUp();
    const paused = await ask("schedules.pause", { name: "often", reason: "storm" });
    expect(paused).toMatchObject({
      schedule: { state: "paused", pauseReason: "storm", next: [] },
      skipped: [{ from: at("00:01:00"), to: at("00:02:00"), count: 2, reason: "paused: storm" }],
    });
    await pipeline.live(3 * minute);
    expect(runsOf(pipeline, "often")).toEqual([
      "00:00:00 succeeded",
      "00:01:00 cancelled",
      "00:02:00 cancelled",
    ]);
    expect(await history()).toEqual([
      "00:00:00 fired",
      "00:01:00 skipped paused: storm",
      "00:02:00 skipped paused: storm",
      "00:03:00 skipped paused: storm",
    ]);
    expect(await audit()).toMatchObject({ due: 3, fired: 1, skipped: 2, missing: [] });
  });

  test.each([
    ["a duration", "4 minutes"],
    ["an instant", "2026-01-01T01:04:30+01:00"],
  ])("resumes automatically at the end of %s, and the ledger has the pause", async (_, until) => {
    const { pipeline, ask, history, audit } = await setUp();
    expect(await ask("schedules.pause", { name: "often", until })).toMatchObject({
      schedule: { pausedUntil: at("00:04:30"), next: [at("00:05:00"), at("00:06:00")] },
      skipped: [{ count: 2, reason: "paused: by an operator" }],
    });
    await pipeline.live(6 * minute);
    expect((await history()).slice(0, 8)).toEqual([
      "00:00:00 fired",
      ...[1, 2, 3, 4].map((m) => `00:0${m}:00 skipped paused: by an operator`),
      "00:05:00 fired",
      "00:06:00 fired",
      "00:07:00 sent",
    ]);
    expect(await audit()).toMatchObject({ missing: [] });
  });

  test("lasts as the last one says", async () => {
    const { pipeline, ask } = await setUp();
    await ask("schedules.pause", { name: "often", until: "1 minute", reason: "first" });
    await ask("schedules.pause", { name: "often", reason: "second" });
    await pipeline.live(10 * minute);
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({
      state: "paused",
      pauseReason: "second",
    });
    expect(runsOf(pipeline, "often").slice(1)).toEqual(["00:01:00 cancelled", "00:02:00 cancelled"]);
  });
});

describe("schedules.resume", () => {
  test("reports the range that the pause skipped, and resumes from now on", async () => {
    const { pipeline, ask, history, audit } = await setUp();
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await pipeline.live(10 * minute);
    expect(await ask("schedules.resume", { name: "often" })).toMatchObject({
      schedule: { state: "active", next: [at("00:11:00"), at("00:12:00")] },
      skipped: [{ from: at("00:03:00"), to: at("00:10:00"), count: 8, reason: "paused: storm" }],
    });
    await pipeline.live(2 * minute);
    expect(runsOf(pipeline, "often").slice(3)).toEqual([
      "00:11:00 succeeded",
      "00:12:00 succeeded",
      "00:13:00 queued",
    ]);
    expect((await history()).slice(9, 12)).toEqual([
      "00:09:00 skipped paused: storm",
      "00:10:00 skipped paused: storm",
      "00:11:00 fired",
    ]);
    expect(await audit()).toMatchObject({ due: 12, fired: 2, skipped: 10, missing: [] });
  });

  test("resumes from the end of the pause when the pipeline was down at that time", async () => {
    const { pipeline, ask, audit } = await setUp({ catchUp: "all" });
    await ask("schedules.pause", { name: "often", until: "3 minutes" });
    await pipeline.clock.advance(10 * minute);
    expect(await ask("schedules.resume", { name: "often" })).toMatchObject({
      skipped: [{ from: at("00:03:00"), to: at("00:03:00"), count: 1 }],
    });
    await pipeline.live(minute);
    expect(runsOf(pipeline, "often").filter((run) => run > "00:03" && run < "00:11")).toEqual(
      [4, 5, 6, 7, 8, 9].map((m) => `00:0${m}:00 succeeded`).concat("00:10:00 succeeded"),
    );
    expect(await audit()).toMatchObject({ missing: [] });
  });

  test("refuses one whose rule is not what is deployed", async () => {
    const { pipeline, scripted, ask } = createOperatedPipeline((job) => [
      schedule(every("1 minute"), job, {}, { name: "often" }),
    ]);
    await pipeline.deploy([scripted], [schedule(every("1 hour"), scripted, {}, { name: "often" })]);
    await ask("schedules.pause", { name: "often" });
    const before = await storedIn(pipeline, "often");
    await expect(ask("schedules.resume", { name: "often" })).rejects.toThrow(
      'expected "every 1 hour", its rule as it is deployed, got "every 1 minute" in this code; deploy it first',
    );
    expect(await storedIn(pipeline, "often")).toEqual(before);
  });

  test("does nothing to one that is active", async () => {
    const { pipeline, ask } = await setUp();
    const before = await storedIn(pipeline, "often");
    expect(await ask("schedules.resume", { name: "often" })).toMatchObject({ skipped: [] });
    expect(await storedIn(pipeline, "often")).toEqual(before);
  });

  test("begins to count anew how many runs have died in a row", async () => {
    const { pipeline, ask } = await setUp({ input: { fatal: true }, pauseAfterDeaths: 2 });
    const state = async () => (await ask("schedules.show", { name: "often" })).state;
    await pipeline.live(minute);
    expect(await state()).toBe("paused");
    await pipeline.live(5 * minute);
    await ask("schedules.resume", { name: "often" });
    await pipeline.live(minute);
    expect(await state()).toBe("active");
    await pipeline.live(minute);
    expect(await state()).toBe("paused");
  });
});

describe("schedules.trigger", () => {
  test("runs the job with the schedule's input beside a pause, once per key", async () => {
    const { pipeline, ask } = await setUp();
    await ask("schedules.pause", { name: "often" });
    const { id, isNew, schedule } = await ask("schedules.trigger", { name: "often", key: "now" });
    expect({ id, isNew, state: schedule.state }).toEqual({
      id: "scripted:often/now",
      isNew: true,
      state: "paused",
    });
    expect(await ask("schedules.trigger", { name: "often", key: "now" })).toMatchObject({ id, isNew: false });
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", result: '"rye"', tags: ["schedule:often"] });
    expect((await ask("schedules.trigger", { name: "often" })).id).not.toBe(id);
  });

  test("takes a key that another schedule of the job has used", async () => {
    const { ask } = await setUp();
    await ask("schedules.create", { name: "seldom", job: "scripted", rule: "every 1 hour", input: {} });
    const key = "now";
    expect(await ask("schedules.trigger", { name: "often", key })).toMatchObject({ isNew: true });
    expect(await ask("schedules.trigger", { name: "seldom", key })).toMatchObject({
      isNew: true,
      id: "scripted:seldom/now",
    });
  });
});

describe("schedules.delete", () => {
  test("skips what was sent, hides the schedule and frees its name", async () => {
    const { pipeline, ask } = await setUp();
    expect(await ask("schedules.delete", { name: "often" })).toMatchObject({
      schedule: { state: "deleted", next: [] },
      skipped: [{ count: 2, reason: "deleted" }],
    });
    await pipeline.live(3 * minute);
    expect(runsOf(pipeline, "often").slice(1)).toEqual(["00:01:00 cancelled", "00:02:00 cancelled"]);
    expect(await ask("schedules.list")).toEqual({ schedules: [] });
    for (const name of ["show", "pause", "delete", "edit", "trigger"]) {
      await expect(ask(`schedules.${name}`, { name: "often" })).rejects.toThrow(
        'there is no schedule "often"; see schedules.list',
      );
    }
    const { times } = await ask("schedules.history", { name: "often" });
    expect(times.map(({ outcome }: { outcome: string }) => outcome)).toEqual(["skipped", "skipped", "fired"]);
    await ask("schedules.create", { name: "often", job: "scripted", rule: "every 1 minute", input: {} });
    await pipeline.live(minute);
    expect(runsOf(pipeline, "often")).toContain("00:04:00 succeeded");
    expect((await ask("schedules.audit", { name: "often" })).schedules[0]).toMatchObject({ missing: [] });
  });

  test("refuses one of the code, and leaves it as it is", async () => {
    const { pipeline, ask } = createOperatedPipeline((job) => [
      schedule(every("1 minute"), job, {}, { name: "often" }),
    ]);
    await pipeline.reconcile();
    const before = await storedIn(pipeline, "often");
    await expect(ask("schedules.delete", { name: "often" })).rejects.toThrow(
      'schedule "often": expected one made at run time, got one of the code; take it out of jobs/schedules.ts and deploy, or pause it',
    );
    expect(await storedIn(pipeline, "often")).toEqual(before);
  });
});
