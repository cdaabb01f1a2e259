import { describe, expect, test } from "@jest/globals";
import { operate } from "../../../shared/operations/operation.ts";
import { scheduleBackfill } from "../../../shared/operations/schedules/control-schedule.ts";
import {
  at,
  createOperatedPipeline,
  runsOf,
  createMinutelySchedule as setUp,
  storedIn,
} from "../../pipeline/support/operations-harness.ts";
import { minute } from "../../pipeline/support/pipeline-harness.ts";

describe("schedules.backfill", () => {
  /** Nothing ran from 00:02 to 00:30, and nothing was caught up. */
  const afterOutage = async () => {
    const operated = await setUp({ catchUp: "none" });
    await operated.pipeline.clock.advance(30 * minute);
    await operated.pipeline.live(3 * minute);
    return operated;
  };
  const range = { name: "often", from: at("00:00:00"), until: at("00:30:00") };

  test("creates the runs that are missing, runs those that were skipped, and no others", async () => {
    const { pipeline, ask, history, audit } = await afterOutage();
    const before = new Set(runsOf(pipeline, "often"));
    const { made, kept, overlap } = await ask("schedules.backfill", range);
    expect({ kept, overlap, made: [made.length, made[0], made.at(-1)] }).toEqual({
      kept: 2,
      overlap: "allow",
      made: [28, at("00:01:00"), at("00:28:00")],
    });
    await pipeline.live(minute);
    const after = runsOf(pipeline, "often");
    expect(after.filter((run) => run < "00:30" && !before.has(run))).toHaveLength(28);
    expect(after.filter((run) => run < "00:30" && !run.endsWith("succeeded"))).toEqual([]);
    expect((await ask("schedules.backfill", range)).made).toEqual([]);
    expect((await ask("schedules.history", { name: "often", limit: 30 })).times.at(-1)).toMatchObject({
      at: at("00:06:00"),
      outcome: "caught-up",
      run: "scripted:often@2026-01-01T00:06:00Z",
      lateMs: 27.5 * minute,
    });
    expect((await history()).length).toBe(20);
    expect(await audit()).toMatchObject({ skipped: 0, missing: [], unexpected: [] });
  });

  test("records what a backfill created that was killed before it could record it", async () => {
    const { pipeline, context, ask, audit } = await afterOutage();
    const { ledger } = pipeline.ports;
    const record = () => Promise.reject(new Error("killed"));
    const mortal = { ...context, ports: { ...pipeline.ports, ledger: { ...ledger, record } } };
    await expect(operate(scheduleBackfill, range, mortal)).rejects.toThrow("killed");
    expect(await audit()).toMatchObject({ skipped: 28 });
    expect(await ask("schedules.backfill", range)).toMatchObject({ made: [], kept: 30, failed: 0 });
    expect(await audit()).toMatchObject({ skipped: 0, missing: [] });
  });

  test("counts what could not be written, and makes it when asked again", async () => {
    const { pipeline, context, ask } = await afterOutage();
    const { runs } = pipeline.ports;
    const create: typeof runs.create = async ([first, ...rest]) => [
      { created: false, failed: `no room for ${first?.id}` },
      ...(await runs.create(rest)),
    ];
    const full = { ...context, ports: { ...pipeline.ports, runs: { ...runs, create } } };
    const first = await operate(scheduleBackfill, range, full);
    expect({ ...first, made: first.made.length }).toMatchObject({ made: 27, kept: 2, failed: 1 });
    expect(await ask("schedules.backfill", range)).toMatchObject({
      made: [at("00:03:00")],
      kept: 29,
      failed: 0,
    });
  });

  test("says where to continue when there are more than it may check", async () => {
    const { ask } = await afterOutage();
    const first = await ask("schedules.backfill", { ...range, limit: 10 });
    expect(first).toMatchObject({ kept: 1, nextFrom: at("00:10:00") });
    expect(first.made).toHaveLength(9);
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
    const { pipeline, ask } = await afterOutage();
    const before = await storedIn(pipeline, "often");
    await expect(ask("schedules.backfill", { ...range, ...wrong })).rejects.toThrow(problem);
    expect(await storedIn(pipeline, "often")).toEqual(before);
  });

  test("refuses a paused schedule, whose workers would skip the runs", async () => {
    const { pipeline, ask } = await afterOutage();
    await ask("schedules.pause", { name: "often" });
    const before = await storedIn(pipeline, "often");
    await expect(ask("schedules.backfill", range)).rejects.toThrow(
      'schedule "often": expected one that is active, got one that is paused; resume it first, or trigger it',
    );
    expect(await storedIn(pipeline, "often")).toEqual(before);
  });

  test("refuses a fixed-delay rule", async () => {
    const { ask } = createOperatedPipeline();
    await ask("schedules.create", {
      name: "often",
      job: "scripted",
      rule: "every 1 minute fixed-delay",
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
    ).rejects.toThrow(
      /times can be computed afterwards, got "every 1 minute fixed-delay"; trigger it instead$/,
    );
  });
});
