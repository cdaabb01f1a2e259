import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../../shared/core/jobs/registry.ts";
import { defineJob, every, schedule } from "../../../../shared/index.ts";
import { reconcile } from "../../../../shared/pipeline/dispatcher/reconcile.ts";
import { dispatch } from "../../../../shared/pipeline/dispatcher/tick.ts";
import { createPipeline, minute, scriptedJob, second } from "../../support/pipeline-harness.ts";

describe("the schedule gate", () => {
  test("defers an occurrence, uncharged, while its schedule cannot be read", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted], [schedule(every("1 hour"), scripted, {}, { name: "tick" })]);
    await pipeline.reconcile();
    const real = pipeline.ports.schedules.read;
    await pipeline.tick();
    let fail = true;
    (pipeline.ports.schedules as { read: typeof real }).read = async (names) => {
      if (fail) throw new Error("throttled");
      return await real(names);
    };
    const deliverOnly = async (ms: number) => {
      for (let i = 0; i < ms / minute; i++) {
        await pipeline.sweep();
        await pipeline.drain();
        await pipeline.clock.advance(minute);
      }
    };
    await deliverOnly(40 * minute);
    fail = false;
    await deliverOnly(60 * minute);
    await pipeline.live(2 * minute);
    expect(pipeline.runs()[0]?.state).toBe("succeeded");
  }, 60_000);

  test("lets an occurrence of a newer deployment run on a worker with the old code", async () => {
    const j = defineJob({ name: "job-b", run: () => 1 });
    const pipeline = createPipeline([j], [schedule(every("1 hour"), j)]);
    await pipeline.reconcile();
    const next = defineRegistry([j], [schedule(every("1 minute"), j)]);
    await reconcile(pipeline.ports, next);
    await pipeline.clock.advance(minute + 5);
    await dispatch(pipeline.ports, next, { deadlineAt: pipeline.clock.now() + 55 * second });
    await pipeline.drain(); // The pipeline's workers have the old registry.
    expect(pipeline.runs().filter(({ state }) => state === "cancelled")).toEqual([]);
  });
});
