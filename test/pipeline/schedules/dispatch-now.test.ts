import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob, every, schedule } from "../../../shared/index.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { createOperatedPipeline, runsOf } from "../support/operations-harness.ts";
import { createPipeline, minute, second, type TestPipeline } from "../support/pipeline-harness.ts";

const often = { name: "often", job: "scripted", rule: "every 10 seconds", input: { value: 1 } };

/** Process arriving messages, without ticks. */
const liveWithoutTicks = async (pipeline: TestPipeline, ms: number): Promise<void> => {
  const until = pipeline.clock.now() + ms;
  while (pipeline.clock.now() < until) {
    await pipeline.drain();
    await pipeline.clock.advance(second);
  }
};

describe("without waiting for a tick", () => {
  test("runs a new schedule at its first time", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    await pipeline.clock.advance(1_500);
    await ask("schedules.create", often);
    await liveWithoutTicks(pipeline, 30 * second);
    expect(runsOf(pipeline, "often").slice(0, 3)).toEqual([
      "00:00:10 succeeded",
      "00:00:20 succeeded",
      "00:00:30 succeeded",
    ]);
  });

  test("runs an edited schedule at its new times", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    await ask("schedules.create", { ...often, rule: "every 1 hour" });
    await ask("schedules.edit", { name: "often", rule: "every 20 seconds" });
    await liveWithoutTicks(pipeline, 50 * second);
    expect(runsOf(pipeline, "often").filter((run) => run.includes("succeeded"))).toEqual([
      "00:00:00 succeeded",
      "00:00:20 succeeded",
      "00:00:40 succeeded",
    ]);
  });

  test("runs a resumed schedule at its next time", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    await ask("schedules.create", often);
    await ask("schedules.pause", { name: "often" });
    await liveWithoutTicks(pipeline, 5 * minute + second);
    await ask("schedules.resume", { name: "often" });
    await liveWithoutTicks(pipeline, 20 * second);
    expect(runsOf(pipeline, "often").filter((run) => run.includes("succeeded"))).toEqual([
      "00:05:10 succeeded",
      "00:05:20 succeeded",
    ]);
  });

  test("a concurrent pause wins", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    await ask("schedules.create", often);
    await ask("schedules.pause", { name: "often" });
    await ask("schedules.edit", { name: "often", rule: "every 5 seconds" });
    await liveWithoutTicks(pipeline, 30 * second);
    expect(runsOf(pipeline, "often").some((run) => run.includes("succeeded"))).toBe(false);
  });

  test("leaves occurrences that could not be sent to the next tick, and sends nothing twice", async () => {
    const { pipeline, ask } = createOperatedPipeline();
    const { create } = pipeline.ports.runs;
    pipeline.ports.runs.create = () => Promise.reject(new Error("throttled"));
    expect(await ask("schedules.create", often)).toMatchObject({ schedule: { name: "often" } });
    expect(pipeline.runs()).toEqual([]);
    pipeline.ports.runs.create = create;
    await pipeline.live(30 * second);
    expect(runsOf(pipeline, "often").slice(0, 4)).toEqual([
      "00:00:00 succeeded",
      "00:00:10 succeeded",
      "00:00:20 succeeded",
      "00:00:30 queued",
    ]);
    expect((await ask("schedules.audit")).schedules).toMatchObject([{ missing: [], unexpected: [] }]);
  });
});

test("sends each message of a paced tick so that it arrives just in time", async () => {
  const job = defineJob({ name: "report", run: () => undefined });
  const start = Date.UTC(2026, 0, 1);
  const schedules = [0, 7, 250, 480, 999].map((ms) =>
    schedule(every("1 minute", { anchor: new Date(start + ms) }), job, undefined, { name: `at-${ms}` }),
  );
  const pipeline = createPipeline([job], schedules);
  await pipeline.clock.advance(333);
  await pipeline.reconcile();
  const deadlineAt = pipeline.clock.now() + 55 * second;
  const tick = dispatch(pipeline.ports, defineRegistry([job], schedules), {
    deadlineAt,
    pacingMs: 15 * second,
  });
  await pipeline.clock.advance(second);
  await tick;
  const due = new Map(pipeline.runs().map((run) => [run.id, run.dueAt]));
  const early = pipeline.ports.queue
    .waiting("normal")
    .map(({ body, visibleAt }) => (due.get(JSON.parse(body).id) ?? Number.NaN) - visibleAt);
  expect(early).toHaveLength(due.size);
  expect(Math.min(...early)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...early)).toBeLessThan(150);
});
