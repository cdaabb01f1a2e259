import { expect, test } from "@jest/globals";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { killablePorts } from "../support/killable-ports.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

/** The row has the skip, but the ledger does not. */
const written = { call: 1, phase: "after" } as const;
const unrecorded = { call: 2, phase: "before" } as const;

test("keeps the history right when a worker is killed after it skipped an occurrence and before the ledger entry", async () => {
  for (const death of [written, unrecorded]) {
    const { job } = recordingJob("beat");
    const { pipeline, ask, history, audit, killWorker } = await deployPipeline([job]);
    await ask("schedules.create", { name: "often", job: "beat", rule: "every 1 minute", input: {} });
    await pipeline.live(30 * second);
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await pipeline.clock.advance(30 * second);
    expect(await killWorker(death)).toBe(true);
    await pipeline.live(35 * minute);
    expect(pipeline.run("beat:often@2026-01-01T00:01:00Z")).toMatchObject({ state: "cancelled" });
    expect((await history("often"))[1]).toMatch(/^00:01:00 (skipped|cancelled) paused: storm$/);
    expect(await audit("often")).toMatchObject({ fired: 1, missing: [] });
  }
});

test("does not record occurrences as fired at a resume that a killed dispatcher had sent and the pause skipped", async () => {
  const { job, ran } = recordingJob("beat");
  const { pipeline, ask, context, history } = await deployPipeline([job]);
  await ask("schedules.create", { name: "often", job: "beat", rule: "every 1 minute", input: {} });
  await pipeline.live(30 * second);
  await pipeline.clock.advance(minute);
  const telling = { call: 2, phase: "before" } as const;
  const { ports, isDead } = killablePorts(pipeline.ports, telling);
  void dispatch(ports, context().registry, { deadlineAt: pipeline.clock.now() + 55 * second });
  await pipeline.clock.advance(second);
  expect(isDead()).toBe(true);
  await ask("schedules.pause", { name: "often", reason: "storm" });
  for (let minutes = 0; minutes < 5; minutes++) {
    await pipeline.drain();
    await pipeline.clock.advance(minute);
  }
  await ask("schedules.resume", { name: "often" });
  expect(ran).toEqual(["01T00:00:00Z"]);
  expect((await history("often")).slice(0, 5)).toEqual([
    "00:00:00 fired",
    ...[1, 2, 3, 4].map((m) => `00:0${m}:00 skipped paused: storm`),
  ]);
});
