import { describe, expect, test } from "@jest/globals";
import { defineJob, every } from "../../../shared/index.ts";
import { auditSchedule, historyOf } from "../../../shared/pipeline/schedules/ledger.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import { createOperatedPipeline } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { createSlowJob, statesOf } from "../support/slow-harness.ts";

describe("a schedule", () => {
  test("is paused when pauseAfterDeaths of its runs have died in a row, and not sooner", async () => {
    let broken = true;
    const { start } = createSlowJob({ ms: second, isBroken: () => broken });
    const { pipeline } = await start({ pauseAfterDeaths: 3 });
    await pipeline.live(minute + second);
    broken = false;
    await pipeline.live(minute);
    broken = true;
    await pipeline.live(2 * minute);
    expect((await pipeline.ports.schedules.all())[0]).toMatchObject({ state: "active" });
    await pipeline.live(4 * minute);
    expect((await pipeline.ports.schedules.all())[0]).toMatchObject({
      state: "paused",
      pauseReason: expect.stringContaining("3 runs in a row died"),
    });
    expect(statesOf(pipeline).filter((state) => state === "dead")).toHaveLength(2 + 2 + 1);
  });

  test("is paused by deaths that the sweeper decides", async () => {
    const { slow, start } = createSlowJob({ ms: second });
    const { pipeline, context } = await start({ pauseAfterDeaths: 2 }, every("10 minutes"));
    const metricsCounter = createMetricsCounter();
    const { runs } = pipeline.ports;
    const withoutOutcomes: typeof runs = {
      ...runs,
      change: (changes) =>
        changes.some(({ set }) => set.state !== undefined)
          ? new Promise(() => undefined)
          : runs.change(changes),
    };
    for (let minutes = 0; minutes < 180; minutes++) {
      await pipeline.tick();
      await pipeline.sweep();
      const deliveries = pipeline.receive("normal", 10);
      const worker = {
        lane: slow.lane,
        registry: context.registry,
        metricsCounter,
        deadlineAt: pipeline.clock.now() + 5 * minute,
      };
      // Each worker is killed before it can record an outcome.
      for (const delivery of deliveries)
        void processBatch({ ...pipeline.ports, runs: withoutOutcomes }, worker, [delivery]);
      await pipeline.clock.advance(minute);
    }
    expect(statesOf(pipeline).filter((state) => state === "dead").length).toBeGreaterThanOrEqual(2);
    expect((await pipeline.ports.schedules.all())[0]).toMatchObject({
      state: "paused",
      pauseReason: expect.stringContaining("2 runs in a row died"),
    });
  });

  test("is paused by deaths before any handler started", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    await ask("schedules.create", {
      name: "often",
      job: "scripted",
      rule: "every 1 minute",
      input: { value: 1 },
      pauseAfterDeaths: 2,
    });
    await pipeline.deploy([defineJob({ name: "another", run: () => undefined })], []);
    await pipeline.live(80 * minute);
    expect(pipeline.runs().filter(({ state }) => state === "dead")).toHaveLength(2);
    expect(await ask("schedules.show", { name: "often" })).toMatchObject({ state: "paused" });
  });

  test("fires no more often than its minimum interval, and records the skipped occurrences", async () => {
    const { start } = createSlowJob({ ms: second });
    const { pipeline, context } = await start({ minInterval: "90 seconds" }, every("30 seconds"));
    await pipeline.live(10 * minute);
    const due = pipeline.runs().map((run) => run.dueAt);
    const gaps = due
      .sort((a, b) => a - b)
      .slice(1)
      .map((at, i) => at - (due[i] ?? 0));
    expect(Math.min(...gaps)).toBe(90 * second);
    const recorded = await historyOf(context, "slow", 100);
    expect(recorded).toContainEqual(
      expect.objectContaining({ outcome: "skipped", reason: "too soon after the last" }),
    );
  });

  test("starts each occurrence late by its jitter, and by no more than that", async () => {
    const { spans, start } = createSlowJob({ ms: 0 });
    const { pipeline } = await start({ jitter: "40 seconds" });
    const begin = pipeline.clock.now();
    await pipeline.live(20 * minute);
    const late = spans.map(({ from }) => (from - begin) % minute);
    expect(new Set(late).size).toBeGreaterThan(5);
    expect(Math.max(...late)).toBeLessThanOrEqual(41 * second);
    expect(spans.length).toBeGreaterThanOrEqual(19);
  });

  test.each([
    ["5 minutes", 5 * minute],
    ["3 hours", 180 * minute],
    ["3 days", 3 * 24 * 60 * minute],
  ])("records every instant after an outage of %s, and catches up as its policy says", async (_, outage) => {
    for (const [catchUp, most] of [
      ["none", 0],
      ["latest", 1],
      ["all", 20],
    ] as const) {
      const { spans, start } = createSlowJob({ ms: 0 });
      const { pipeline, context } = await start({ catchUp, catchUpLimit: 20 });
      await pipeline.live(3 * minute);
      const before = spans.length;
      const from = pipeline.clock.now();
      await pipeline.clock.advance(outage);
      await pipeline.live(3 * minute);
      // Occurrences that were sent ahead ran, and those two minutes late are not missed yet.
      const missed = Math.floor((outage - 4 * minute) / minute);
      const caught = (await historyOf(context, "slow", 10_000)).filter(
        ({ outcome }) => outcome === "caught-up",
      ).length;
      expect(caught).toBe(Math.min(most, missed));
      expect(spans.length).toBeGreaterThan(before);
      const audit = await auditSchedule(context, "slow", {
        from: from - 3 * minute,
        until: pipeline.clock.now(),
      });
      expect(audit).toMatchObject({ missing: [], unexpected: [] });
    }
  });
});
