import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob, every, schedule } from "../../../shared/index.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { createPipeline, minute, scriptedJob, second } from "../support/pipeline-harness.ts";

describe("reconcile", () => {
  test("keeps a schedule running whose job was renamed when one reconcile failed", async () => {
    let ran = 0;
    const a = defineJob({ name: "old-name", run: () => 1 });
    const b = defineJob({
      name: "new-name",
      run: () => {
        ran++;
      },
    });
    const pipeline = createPipeline([a], [schedule(every("30 seconds"), a, undefined, { name: "tick" })]);
    await pipeline.reconcile();
    await pipeline.live(2 * minute);
    const real = pipeline.ports.notes.read;
    Object.assign(pipeline.ports.notes, {
      read: async () => {
        throw new Error("throttled");
      },
    });
    await expect(
      pipeline.deploy([b], [schedule(every("30 seconds"), b, undefined, { name: "tick" })]),
    ).rejects.toThrow();
    await pipeline.tick(); // functions/dispatcher.ts dispatches after a failed reconcile too.
    Object.assign(pipeline.ports.notes, { read: real });
    await pipeline.reconcile();
    await pipeline.live(10 * minute);
    await pipeline.reconcile();
    await pipeline.live(10 * minute);
    expect(ran).toBeGreaterThan(10);
  });

  test("keeps a new schedule running after a late tick of the previous dispatcher", async () => {
    let ran = 0;
    const b = defineJob({
      name: "new-name",
      run: () => {
        ran++;
      },
    });
    const pipeline = createPipeline([b], [schedule(every("30 seconds"), b)]);
    await pipeline.reconcile();
    await dispatch(pipeline.ports, defineRegistry([], []), {
      deadlineAt: pipeline.clock.now() + 55 * second,
    });
    await pipeline.reconcile();
    await pipeline.live(10 * minute);
    await pipeline.reconcile();
    await pipeline.live(10 * minute);
    expect(ran).toBeGreaterThan(10);
  });

  test("fails when the write of a schedule is refused", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline(
      [scripted],
      [schedule(every("30 seconds"), scripted, {}, { name: "tick" })],
    );
    await pipeline.reconcile();
    const real = pipeline.ports.schedules.change;
    (pipeline.ports.schedules as { change: typeof real }).change = async (changes) =>
      changes.map(() => false);
    const edited = [schedule(every("30 seconds"), scripted, { value: 2 }, { name: "tick" })];
    const answer = await pipeline.deploy([scripted], edited).then(
      (r) => r,
      (e) => e,
    );
    (pipeline.ports.schedules as { change: typeof real }).change = real;
    expect(answer).toBeInstanceOf(Error);
  });
});
