import { describe, expect, test } from "@jest/globals";
import { NotFoundError } from "../../../shared/core/errors.ts";
import { cron, every, type Job, schedule } from "../../../shared/index.ts";
import { replaceEntry } from "../../pipeline/support/altered-ledger.ts";
import {
  at,
  createOperatedPipeline,
  describeTimes,
  runTicksOnly,
} from "../../pipeline/support/operations-harness.ts";
import { minute } from "../../pipeline/support/pipeline-harness.ts";

const two = (job: Job) => [
  schedule(every("30 seconds"), job, {}, { name: "often" }),
  schedule(cron("0 3 * * *", "Europe/Madrid"), job, { value: 1 }, { name: "nightly", jitter: "1 minute" }),
];

describe("schedules.list", () => {
  test("lists stored schedules with the next times their rules are due", async () => {
    const { pipeline, ask } = createOperatedPipeline(two);
    await pipeline.reconcile();
    expect((await ask("schedules.list", { count: 2 })).schedules).toMatchObject([
      {
        name: "nightly",
        rule: "0 3 * * *",
        zone: "Europe/Madrid",
        source: "code",
        next: ["2026-01-01T02:00:00.000Z", "2026-01-02T02:00:00.000Z"],
      },
      { name: "often", state: "active", next: [at("00:00:30"), at("00:01:00")] },
    ]);
  });

  test("calls one new that no dispatcher has seen, and leaves out one that was deleted", async () => {
    const { pipeline, scripted, ask } = createOperatedPipeline(two);
    await pipeline.deploy([scripted], [schedule(every("1 hour"), scripted, {}, { name: "former" })]);
    await pipeline.deploy([scripted], two(scripted).slice(0, 1));
    expect((await ask("schedules.list")).schedules).toMatchObject([
      { name: "nightly", state: "new" },
      { name: "often", state: "active" },
    ]);
  });

  test("has no next time for a paused one, and only the stored one for a rule that this code has not", async () => {
    const { pipeline, scripted, ask } = createOperatedPipeline();
    await pipeline.deploy([scripted], two(scripted));
    await ask("schedules.pause", { name: "often" });
    expect((await ask("schedules.list", { count: 5 })).schedules).toMatchObject([
      { name: "nightly", next: ["2026-01-01T02:00:00.000Z"] },
      { name: "often", state: "paused", next: [] },
    ]);
  });
});

describe("schedules.show", () => {
  test("shows rule, policy, input and next times", async () => {
    const { pipeline, ask } = createOperatedPipeline(two);
    const { next, ...nightly } = await ask("schedules.show", { name: "nightly", count: 1 });
    expect({ next, ...nightly }).toEqual({
      name: "nightly",
      job: "scripted",
      lane: "normal",
      state: "new",
      source: "code",
      input: { value: 1 },
      rule: "0 3 * * *",
      zone: "Europe/Madrid",
      dst: { gap: "run-after-gap", overlap: "first" },
      policy: {
        catchUp: "latest",
        catchUpWindow: "1 week",
        catchUpLimit: 1_000,
        overlap: "allow",
        jitter: "1 minute",
      },
      next: ["2026-01-01T02:00:00.000Z"],
    });
    await pipeline.reconcile();
    await pipeline.clock.advance(119 * minute);
    await pipeline.tick();
    expect(await ask("schedules.show", { name: "nightly", count: 1 })).toEqual({
      ...nightly,
      state: "active",
      lastSentAt: "2026-01-01T02:00:00.000Z",
      next: ["2026-01-01T02:00:00.000Z"],
    });
  });

  test("says that there is none", async () => {
    await expect(createOperatedPipeline().ask("schedules.show", { name: "never" })).rejects.toThrow(
      NotFoundError,
    );
  });
});

describe("schedules.history", () => {
  test("has a line for each due time, newest first, however many one entry covers", async () => {
    const { pipeline, ask } = createOperatedPipeline((job) => [
      schedule(every("1 minute"), job, {}, { name: "often" }),
    ]);
    expect(await ask("schedules.history", { name: "often" })).toEqual({ times: [] });
    await pipeline.reconcile();
    await pipeline.tick();
    await pipeline.clock.advance(60 * minute);
    await pipeline.tick();
    await pipeline.drain();
    const { times } = await ask("schedules.history", { name: "often", limit: 10 });
    expect(describeTimes(times)).toEqual([
      "00:53:00 skipped missed: the pipeline was not running",
      "00:54:00 skipped missed: the pipeline was not running",
      "00:55:00 skipped missed: the pipeline was not running",
      "00:56:00 skipped missed: the pipeline was not running",
      "00:57:00 caught-up",
      "00:58:00 fired",
      "00:59:00 fired",
      "01:00:00 fired",
      "01:01:00 sent",
      "01:02:00 sent",
    ]);
    expect(times[5]).toEqual({
      at: at("00:57:00"),
      outcome: "caught-up",
      firedAt: at("01:00:00"),
      lateMs: 3 * minute,
      run: "scripted:often@2026-01-01T00:57:00Z",
      state: "succeeded",
    });
    const all = (await ask("schedules.history", { name: "often", limit: 200 })).times;
    expect(all).toHaveLength(63);
  });

  test("has the ends of a range whose rule is not in this code", async () => {
    const { pipeline, scripted, ask } = createOperatedPipeline();
    await pipeline.deploy([scripted], [schedule(every("1 minute"), scripted, {}, { name: "often" })]);
    await pipeline.clock.advance(60 * minute);
    await pipeline.tick();
    const { times } = await ask("schedules.history", { name: "often" });
    expect(describeTimes(times).slice(0, 2)).toEqual([
      "00:00:00 skipped missed: the pipeline was not running",
      "00:56:00 skipped missed: the pipeline was not running",
    ]);
  });

  test("leaves out none, however few lines are wanted and whichever writer recorded later ones", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    const often = { name: "often", job: "scripted", rule: "every 10 seconds", input: {} };
    await ask("schedules.create", often);
    await pipeline.live(5 * minute);
    await ask("schedules.pause", { name: "often" });
    await pipeline.live(3 * minute);
    await ask("schedules.resume", { name: "often" });
    await pipeline.live(2 * minute);
    const lines = async (limit: number) => (await ask("schedules.history", { name: "often", limit })).times;
    const all = await lines(200);
    for (const limit of [1, 5, 10, 15, 20, 30, 40, 60])
      expect(await lines(limit)).toEqual(all.slice(0, limit));
  });

  test("has the times that the clocks jumped over", async () => {
    const { pipeline, ask } = createOperatedPipeline((job) => [
      schedule(cron("30 2 * * *", "America/New_York"), job, {}, { name: "nightly", dst: { gap: "skip" } }),
    ]);
    pipeline.clock.jump(Date.UTC(2026, 2, 6, 12) - pipeline.clock.now());
    await pipeline.reconcile();
    for (let day = 0; day < 3; day++) {
      await pipeline.clock.advance(18 * 60 * minute + 31 * minute);
      await pipeline.tick();
      await pipeline.drain();
      await pipeline.clock.advance(24 * 60 * minute - (18 * 60 + 31) * minute);
    }
    expect((await ask("schedules.history", { name: "nightly" })).times).toMatchObject([
      { at: "2026-03-09T06:30:00.000Z" },
      {
        at: "2026-03-08T06:59:59.000Z",
        outcome: "skipped",
        reason: "clock change: 02:30 does not exist: skipped",
      },
      { at: "2026-03-07T07:30:00.000Z" },
    ]);
  });

  test("knows no schedule that never was", async () => {
    await expect(createOperatedPipeline().ask("schedules.history", { name: "never" })).rejects.toThrow(
      NotFoundError,
    );
  });
});

describe("schedules.audit", () => {
  const setUp = async () => {
    const operated = createOperatedPipeline((job) => [
      schedule(cron("*/10 * * * *"), job, {}, { name: "often" }),
    ]);
    await operated.pipeline.reconcile();
    const audit = async (input: object = {}) =>
      (await operated.ask("schedules.audit", { name: "often", ...input })).schedules[0];
    return { ...operated, audit };
  };

  test("finds no missing entry after a normal day", async () => {
    const { pipeline, audit } = await setUp();
    await runTicksOnly(pipeline, 24 * 60 * minute);
    expect(await audit()).toEqual({
      name: "often",
      from: at("00:00:00"),
      until: at("23:58:00"),
      due: 144,
      fired: 144,
      skipped: 0,
      missing: [],
      unexpected: [],
    });
  });

  test("finds what was torn out of the ledger, in a range or the last day", async () => {
    const { pipeline, ask, audit } = await setUp();
    await runTicksOnly(pipeline, 3 * 60 * minute);
    const { ports } = pipeline;
    const torn = (await ports.ledger.list("often", { limit: 100 })).find(
      (entry) => entry.at === Date.parse(at("01:20:00")),
    );
    if (!torn) throw new Error("not recorded");
    replaceEntry(ports.ledger, torn, { ...torn, fired: [] });
    expect(await audit()).toMatchObject({ due: 18, fired: 17, missing: [at("01:20:00")] });
    expect(await audit({ from: at("01:00:00"), until: at("01:20:00") })).toMatchObject({
      due: 2,
      missing: [],
    });
    expect(await audit({ from: at("01:20:00"), until: at("01:21:00") })).toMatchObject({
      due: 1,
      fired: 0,
      missing: [at("01:20:00")],
    });
    replaceEntry(ports.ledger, torn, { ...torn, fired: [torn.at, torn.at + minute] });
    expect(await audit()).toMatchObject({ missing: [], unexpected: [at("01:21:00")] });
    expect((await ask("schedules.audit")).schedules).toHaveLength(1);
  });

  test("takes neither a long pause nor an outage for missing times when their entries are from long before the range", async () => {
    const { pipeline, ask, audit } = await setUp();
    await runTicksOnly(pipeline, 60 * minute);
    await ask("schedules.pause", { name: "often" });
    await pipeline.clock.advance(40 * 24 * 60 * minute);
    await pipeline.tick();
    expect(await audit()).toMatchObject({ due: 144, skipped: 144, missing: [] });
    await ask("schedules.resume", { name: "often" });
    await runTicksOnly(pipeline, 60 * minute);
    expect(await audit()).toMatchObject({ due: 144, fired: 6, skipped: 138, missing: [] });
    await pipeline.clock.advance(10 * 24 * 60 * minute);
    await runTicksOnly(pipeline, 60 * minute);
    expect(await audit()).toMatchObject({ due: 144, fired: 7, skipped: 137, missing: [] });
  });

  test("asks for nothing that was due before the schedule was made, or its rule", async () => {
    const { pipeline, ask, audit } = await setUp();
    await runTicksOnly(pipeline, 2 * 60 * minute);
    const often = { name: "other", job: "scripted", rule: "*/10 * * * *", input: {} };
    await ask("schedules.create", often);
    await runTicksOnly(pipeline, 60 * minute);
    await ask("schedules.edit", { name: "other", rule: "*/5 * * * *" });
    await runTicksOnly(pipeline, 60 * minute);
    const { schedules } = await ask("schedules.audit");
    expect(schedules).toMatchObject([
      { name: "often", due: 24, fired: 24, missing: [] },
      { name: "other", from: at("03:00:00"), due: 12, fired: 12, missing: [], unexpected: [] },
    ]);
    expect(await audit({ from: "2025-12-31T00:00:00Z" })).toMatchObject({ from: at("00:00:00"), due: 24 });
  });

  test("says of what cannot be audited why not", async () => {
    const { pipeline, scripted, ask } = await setUp();
    await ask("schedules.create", {
      name: "delayed",
      job: "scripted",
      rule: "every 1 minute fixed-delay",
      input: {},
    });
    await pipeline.deploy([scripted], [schedule(every("1 hour"), scripted, {}, { name: "elsewhere" })]);
    expect((await ask("schedules.audit")).schedules).toEqual([
      {
        name: "delayed",
        code: "not-recomputable",
        problem:
          'schedule "delayed": expected a rule whose times can be computed afterwards, got "every 1 minute fixed-delay"; see its history instead',
      },
      {
        name: "elsewhere",
        code: "invalid-option",
        problem:
          'schedule "elsewhere": expected "every 1 hour", its rule as it is deployed, got none in this code; deploy it first',
      },
    ]);
    await expect(ask("schedules.audit", { name: "never" })).rejects.toThrow(NotFoundError);
  });
});
