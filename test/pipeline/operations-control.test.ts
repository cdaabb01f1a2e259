import { describe, expect, test } from "@jest/globals";
import { every, schedule } from "../../shared/index.ts";
import { at, createOperated, runsOf, storedIn, told } from "./operations-world.ts";
import { minute, second } from "./world.ts";

/** A schedule of every minute, made at midnight, whose times up to 00:02 were sent and that of 00:00 has run. */
const setUp = async (more: object = {}) => {
  const operated = createOperated();
  await operated.ask("schedules.create", {
    name: "often",
    job: "scripted",
    rule: "every 1 minute",
    input: { value: "rye" },
    ...more,
  });
  await operated.world.live(30 * second);
  const history = async () => told((await operated.ask("schedules.history", { name: "often" })).times);
  const audit = async () => (await operated.ask("schedules.audit", { name: "often" })).schedules[0];
  return { ...operated, history, audit };
};

describe("schedules.pause", () => {
  test("lets go what was sent already, and the ledger says so", async () => {
    const { world, ask, history, audit } = await setUp();
    const paused = await ask("schedules.pause", { name: "often", reason: "storm" });
    expect(paused).toMatchObject({
      schedule: { state: "paused", pausedFor: "storm", next: [] },
      letGo: [{ from: at("00:01:00"), to: at("00:02:00"), count: 2, reason: "paused: storm" }],
    });
    await world.live(3 * minute);
    expect(runsOf(world, "often")).toEqual([
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
    expect(await audit()).toMatchObject({ due: 3, fired: 1, skipped: 2, holes: [] });
  });

  test.each([
    ["a duration", "4 minutes"],
    ["an instant", "2026-01-01T01:04:30+01:00"],
  ])("goes on by itself at the end of %s, and the ledger has the pause", async (_, until) => {
    const { world, ask, history, audit } = await setUp();
    expect(await ask("schedules.pause", { name: "often", until })).toMatchObject({
      schedule: { pausedUntil: at("00:04:30"), next: [at("00:05:00"), at("00:06:00")] },
      letGo: [{ count: 2, reason: "paused: by an operator" }],
    });
    await world.live(6 * minute);
    expect((await history()).slice(0, 8)).toEqual([
      "00:00:00 fired",
      ...[1, 2, 3, 4].map((m) => `00:0${m}:00 skipped paused: by an operator`),
      "00:05:00 fired",
      "00:06:00 fired",
      "00:07:00 sent",
    ]);
    expect(await audit()).toMatchObject({ holes: [] });
  });

  test("lasts as the last one says", async () => {
    const { world, ask } = await setUp();
    await ask("schedules.pause", { name: "often", until: "1 minute", reason: "first" });
    await ask("schedules.pause", { name: "often", reason: "second" });
    await world.live(10 * minute);
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({
      state: "paused",
      pausedFor: "second",
    });
    expect(runsOf(world, "often").slice(1)).toEqual(["00:01:00 cancelled", "00:02:00 cancelled"]);
  });
});

describe("schedules.resume", () => {
  test("tells the range that the pause let go, and goes on from now", async () => {
    const { world, ask, history, audit } = await setUp();
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await world.live(10 * minute);
    expect(await ask("schedules.resume", { name: "often" })).toMatchObject({
      schedule: { state: "active", next: [at("00:11:00"), at("00:12:00")] },
      letGo: [{ from: at("00:03:00"), to: at("00:10:00"), count: 8, reason: "paused: storm" }],
    });
    await world.live(2 * minute);
    expect(runsOf(world, "often").slice(3)).toEqual([
      "00:11:00 succeeded",
      "00:12:00 succeeded",
      "00:13:00 queued",
    ]);
    expect((await history()).slice(9, 12)).toEqual([
      "00:09:00 skipped paused: storm",
      "00:10:00 skipped paused: storm",
      "00:11:00 fired",
    ]);
    expect(await audit()).toMatchObject({ due: 12, fired: 2, skipped: 10, holes: [] });
  });

  test("does nothing to one that is active", async () => {
    const { world, ask } = await setUp();
    const before = await storedIn(world, "often");
    expect(await ask("schedules.resume", { name: "often" })).toMatchObject({ letGo: [] });
    expect(await storedIn(world, "often")).toEqual(before);
  });

  test("begins to count anew how many runs have died in a row", async () => {
    const { world, ask } = await setUp({ input: { fatal: true }, pauseAfter: 2 });
    const state = async () => (await ask("schedules.show", { name: "often" })).state;
    await world.live(minute);
    expect(await state()).toBe("paused");
    await world.live(5 * minute);
    await ask("schedules.resume", { name: "often" });
    await world.live(minute);
    expect(await state()).toBe("active");
    await world.live(minute);
    expect(await state()).toBe("paused");
  });
});

describe("schedules.trigger", () => {
  test("runs the job with the schedule's input beside a pause, once per key", async () => {
    const { world, ask } = await setUp();
    await ask("schedules.pause", { name: "often" });
    const { id, isNew, schedule } = await ask("schedules.trigger", { name: "often", key: "now" });
    expect({ id, isNew, state: schedule.state }).toEqual({
      id: "scripted:now",
      isNew: true,
      state: "paused",
    });
    expect(await ask("schedules.trigger", { name: "often", key: "now" })).toMatchObject({ id, isNew: false });
    await world.drain();
    expect(world.run(id)).toMatchObject({ state: "succeeded", result: '"rye"', tags: ["schedule:often"] });
    expect((await ask("schedules.trigger", { name: "often" })).id).not.toBe(id);
  });
});

describe("schedules.backfill", () => {
  /** Nothing ran from 00:02 to 00:30, and nothing was caught up. */
  const afterOutage = async () => {
    const operated = await setUp({ catchUp: "none" });
    await operated.world.clock.advance(30 * minute);
    await operated.world.live(3 * minute);
    return operated;
  };
  const range = { name: "often", from: at("00:00:00"), until: at("00:30:00") };

  test("makes the runs that are missing, and no others", async () => {
    const { world, ask, history, audit } = await afterOutage();
    const before = new Set(runsOf(world, "often"));
    const { made, kept, overlap } = await ask("schedules.backfill", range);
    expect({ kept, overlap, made: [made.length, made[0], made.at(-1)] }).toEqual({
      ...{ kept: 4, overlap: "allow" },
      made: [26, at("00:03:00"), at("00:28:00")],
    });
    await world.live(minute);
    const after = runsOf(world, "often");
    expect(after.filter((run) => run < "00:30" && !before.has(run))).toHaveLength(26);
    expect(after.filter((run) => run < "00:30" && !run.endsWith("succeeded"))).toEqual([]);
    expect((await ask("schedules.backfill", range)).made).toEqual([]);
    expect((await ask("schedules.history", { name: "often", limit: 30 })).times.at(-1)).toMatchObject({
      ...{ at: at("00:06:00"), fate: "caught-up", run: "scripted:often@2026-01-01T00:06:00Z" },
      lateMs: 27.5 * minute,
    });
    expect((await history()).length).toBe(20);
    expect(await audit()).toMatchObject({ skipped: 0, holes: [], strangers: [] });
  });

  test("says where to go on when there are more than it may look at", async () => {
    const { ask } = await afterOutage();
    const first = await ask("schedules.backfill", { ...range, most: 10 });
    expect(first).toMatchObject({ kept: 3, nextFrom: at("00:10:00") });
    expect(first.made).toHaveLength(7);
    expect((await ask("schedules.backfill", { ...range, from: first.nextFrom })).made).toHaveLength(19);
  });

  test.each([
    [
      "into the future",
      { until: at("01:00:00") },
      /^until: expected an instant that is over, got 2026-01-01T01:00:00.000Z; choose one up to now/,
    ],
    [
      "backwards",
      { from: at("00:30:00") },
      /^from: expected an instant before until, 2026-01-01T00:30.*; choose an earlier one/,
    ],
    ["from nowhere", { from: "yesterday" }, /^from: expected an instant with its offset.*, got "yesterday"$/],
  ])("refuses to go %s, and stores nothing", async (_, wrong, problem) => {
    const { world, ask } = await afterOutage();
    const before = await storedIn(world, "often");
    await expect(ask("schedules.backfill", { ...range, ...wrong })).rejects.toThrow(problem);
    expect(await storedIn(world, "often")).toEqual(before);
  });

  test("refuses a paused schedule, whose workers would let the runs go for ever", async () => {
    const { world, ask } = await afterOutage();
    await ask("schedules.pause", { name: "often" });
    const before = await storedIn(world, "often");
    await expect(ask("schedules.backfill", range)).rejects.toThrow(
      'schedule "often": expected one that is active, got one that is paused; resume it first, or trigger it',
    );
    expect(await storedIn(world, "often")).toEqual(before);
  });

  test("refuses a rule that drifts", async () => {
    const { ask } = createOperated();
    await ask("schedules.create", {
      name: "often",
      job: "scripted",
      rule: "every 1 minute drifting",
      input: {},
    });
    await expect(
      ask("schedules.backfill", { ...range, from: at("00:00:00"), until: "2025-12-31T00:00:00Z" }),
    ).rejects.toThrow(/^from: /);
    await expect(
      ask("schedules.backfill", {
        name: "often",
        from: "2025-12-30T00:00:00Z",
        until: "2025-12-31T00:00:00Z",
      }),
    ).rejects.toThrow(/instants can be told afterwards, got "every 1 minute drifting"; trigger it instead$/);
  });
});

describe("schedules.delete", () => {
  test("lets go what was sent, hides the schedule and frees its name", async () => {
    const { world, ask } = await setUp();
    expect(await ask("schedules.delete", { name: "often" })).toMatchObject({
      schedule: { state: "deleted", next: [] },
      letGo: [{ count: 2, reason: "deleted" }],
    });
    await world.live(3 * minute);
    expect(runsOf(world, "often").slice(1)).toEqual(["00:01:00 cancelled", "00:02:00 cancelled"]);
    expect(await ask("schedules.list")).toEqual({ schedules: [] });
    for (const name of ["show", "history", "pause", "delete", "edit", "trigger"]) {
      await expect(ask(`schedules.${name}`, { name: "often" })).rejects.toThrow(
        'there is no schedule "often": `schedules list` names them',
      );
    }
    await ask("schedules.create", { name: "often", job: "scripted", rule: "every 1 minute", input: {} });
    await world.live(minute);
    expect(runsOf(world, "often")).toContain("00:04:00 succeeded");
    expect((await ask("schedules.audit", { name: "often" })).schedules[0]).toMatchObject({ holes: [] });
  });

  test("refuses one of the code, and leaves it as it is", async () => {
    const { world, ask } = createOperated((job) => [schedule(every("1 minute"), job, {}, { name: "often" })]);
    await world.reconcile();
    const before = await storedIn(world, "often");
    await expect(ask("schedules.delete", { name: "often" })).rejects.toThrow(
      'schedule "often": expected one made at run time, got one of the code; take it out of jobs/schedules.ts and deploy, or pause it',
    );
    expect(await storedIn(world, "often")).toEqual(before);
  });
});
