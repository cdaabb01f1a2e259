import { expect, test } from "@jest/globals";
import { defineJob, every, schedule } from "../../../shared/index.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { killablePorts } from "../support/killable-ports.ts";
import { createPipeline, minute, second } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

/** A schedule with a fixed delay whose dispatcher is killed at one of its writes, and whose next tick is late. */
const runLate = async (call: number, lateSeconds: number) => {
  const { job, ran } = recordingJob("poll");
  const rule = every("40 seconds", { anchor: "fixed-delay" });
  const { pipeline, history, context } = await deployPipeline([job], [schedule(rule, job, {})]);
  await pipeline.live(2 * minute - second);
  const { ports, isDead } = killablePorts(pipeline.ports, { call, phase: "before" });
  void dispatch(ports, context().registry, { deadlineAt: pipeline.clock.now() + 55 * second });
  for (let s = 0; s < lateSeconds; s++) {
    await pipeline.drain();
    await pipeline.clock.advance(second);
  }
  expect(isDead()).toBe(true);
  await pipeline.live(4 * minute);
  const startedAt = ran.map((time) => Date.parse(`2026-01-${time}`));
  const fired = (await history("poll")).filter((line) => / (fired|caught-up)$/.test(line));
  return { gaps: startedAt.slice(1).map((at, i) => (at - (startedAt[i] ?? 0)) / second), ran, fired };
};

test.each([
  [1, 130],
  [2, 130],
  [2, 100],
  [3, 100],
  [3, 130],
])(
  "a schedule with a fixed delay has no extra occurrence after a tick killed at write %d and one %d seconds late",
  async (call, late) => {
    const { gaps, ran, fired } = await runLate(call, late);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(40);
    expect(fired.map((line) => line.slice(0, 8))).toEqual(ran.map((time) => time.slice(3, 11)));
  },
);

test("runs a schedule with a fixed delay again and again", async () => {
  let ran = 0;
  const j = defineJob({
    name: "fixed-delay",
    run: () => {
      ran++;
    },
  });
  const pipeline = createPipeline([j], [schedule(every("30 seconds", { anchor: "fixed-delay" }), j)]);
  await pipeline.reconcile();
  await pipeline.live(5 * minute);
  expect(ran).toBeGreaterThan(5);
});
