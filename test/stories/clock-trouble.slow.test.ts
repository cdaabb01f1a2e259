import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { defineRegistry } from "../../shared/core/jobs/registry.ts";
import { isTerminal } from "../../shared/core/runs/run.ts";
import { cron, defineJob, every, schedule } from "../../shared/index.ts";
import { auditSchedule } from "../../shared/pipeline/schedules/ledger.ts";
import { createPipeline, minute, second } from "../pipeline/support/pipeline-harness.ts";

const hour = 60 * minute;
const beat = defineJob({ name: "beat", run: ({ run }) => run.dueAt.toISOString() });
const schedules = [
  schedule(every("20 seconds"), beat, undefined, { name: "often", catchUp: "all" }),
  schedule(cron("*/5 * * * *", "Europe/Madrid"), beat, undefined, { name: "seldom" }),
];

const createBeats = async () => {
  const pipeline = createPipeline([beat], schedules);
  await pipeline.reconcile();
  const context = { ports: pipeline.ports, registry: defineRegistry([beat], schedules) };
  const begin = pipeline.clock.now();
  /**
   * Promises 3 and 4: each occurrence has one run or a recorded reason why not; none starts early or stays unfinished.
   */
  const check = async () => {
    for (const { name } of schedules) {
      const audit = await auditSchedule(context, name, { from: begin, until: pipeline.clock.now() });
      expect(audit).toMatchObject({ missing: [], unexpected: [] });
    }
    const runs = pipeline.runs();
    expect(new Set(runs.map(({ schedule, dueAt }) => `${schedule} ${dueAt}`)).size).toBe(runs.length);
    expect(runs.filter((run) => "startedAt" in run && (run.startedAt ?? 0) < run.dueAt)).toEqual([]);
    expect(
      runs.filter(({ state, dueAt }) => !isTerminal(state) && dueAt < pipeline.clock.now() - 10 * minute),
    ).toEqual([]);
  };
  return { pipeline, check };
};

describe("the dispatcher keeps every promise when", () => {
  test("each tick comes twice, at the same time", async () => {
    const { pipeline, check } = await createBeats();
    for (let i = 0; i < 10; i++) {
      await Promise.all([pipeline.tick(), pipeline.tick()]);
      await pipeline.drain();
      await pipeline.clock.advance(minute);
    }
    await pipeline.live(3 * minute);
    await check();
  });

  test("each tick is 59 seconds late, and the next one on time", async () => {
    const { pipeline, check } = await createBeats();
    for (let i = 0; i < 10; i++) {
      await pipeline.clock.advance(59 * second);
      await pipeline.tick();
      await pipeline.drain();
      await pipeline.clock.advance(second);
      await pipeline.tick();
      await pipeline.drain();
    }
    await pipeline.live(3 * minute);
    await check();
  });

  test.each([
    ["five minutes", 5 * minute],
    ["three hours", 3 * hour],
    ["three days", 72 * hour],
  ])("no tick comes for %s", async (_, outage) => {
    const { pipeline, check } = await createBeats();
    await pipeline.live(3 * minute);
    await pipeline.clock.advance(outage);
    await pipeline.live(15 * minute);
    await check();
  });

  test("the clock is set back, and the watermark does not move back", async () => {
    const { pipeline } = await createBeats();
    const marks: number[] = [];
    for (const jump of [0, hour, -hour, -hour, 2 * hour, -minute]) {
      pipeline.clock.jump(jump);
      await pipeline.tick();
      marks.push((await pipeline.ports.watermarks.read()).get("dispatched") ?? Number.NaN);
    }
    expect(marks).toEqual([...marks].sort((a, b) => a - b));
  });

  test.each([
    ["forward and back again", [hour, -hour]],
    ["back and forward again", [-hour, hour]],
  ])("the clock jumps an hour %s", async (_, jumps) => {
    const { pipeline, check } = await createBeats();
    await pipeline.live(5 * minute);
    for (const jump of jumps) {
      pipeline.clock.jump(jump);
      await pipeline.live(5 * minute);
    }
    await pipeline.live(70 * minute);
    await check();
  });

  test("any mixture of these happens", async () => {
    const trouble = fc.oneof(
      fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 20 * minute }) }),
      fc.record({ kind: fc.constant("tick" as const), times: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant("jump" as const), ms: fc.integer({ min: -hour, max: hour }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(trouble, { minLength: 1, maxLength: 12 }), async (troubles) => {
        const { pipeline, check } = await createBeats();
        const begin = pipeline.clock.now();
        for (const one of troubles) {
          if (one.kind === "wait") await pipeline.clock.advance(one.ms);
          else if (one.kind === "jump") pipeline.clock.jump(Math.max(one.ms, begin - pipeline.clock.now()));
          else await Promise.all(Array.from({ length: one.times }, () => pipeline.tick()));
          await pipeline.drain();
        }
        await pipeline.live(75 * minute);
        await check();
      }),
      { numRuns: 15 },
    );
  }, 180_000);
});
