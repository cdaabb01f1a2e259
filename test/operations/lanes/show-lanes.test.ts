import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { laneShow } from "../../../shared/operations/lanes/show-lanes.ts";
import { operate } from "../../../shared/operations/operation.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute, scriptedJob } from "../../pipeline/support/pipeline-harness.ts";

const setUp = () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  return { pipeline, scripted, context: { ports: pipeline.ports, registry: defineRegistry([scripted]) } };
};

describe("lanes.show", () => {
  test("shows what each lane holds and what it did in a window of full minutes up to now", async () => {
    const { pipeline, scripted, context } = setUp();
    await enqueue(pipeline.ports, scripted, {});
    await enqueue(pipeline.ports, scripted, { fatal: true });
    await pipeline.drain();
    await enqueue(pipeline.ports, scripted, {}, { priority: "low" });
    await enqueue(pipeline.ports, scripted, {}, { delay: "10 minutes", priority: "low" });
    expect((await operate(laneShow, {}, context)).lanes).toMatchObject([
      { lane: "critical", depth: { visible: 0 } },
      { lane: "high" },
      { lane: "normal", depth: { dead: 1 }, counts: { claimed: 2, succeeded: 1, dead: 1, other: 0 } },
      { lane: "low", depth: { visible: 1, inFlight: 0, delayed: 1 } },
    ]);
    await pipeline.clock.advance(minute);
    const { lanes } = await operate(laneShow, {}, context);
    expect(lanes[2]).toMatchObject({ counts: { claimed: 2, succeeded: 1, dead: 1 }, meanWaitMs: 0 });
    await pipeline.clock.advance(5 * minute);
    const later = await operate(laneShow, {}, context);
    expect(later.lanes[2]).toMatchObject({ counts: { claimed: 0 } });
    expect(later).toMatchObject({
      from: "2026-01-01T00:01:00.000Z",
      until: expect.stringMatching(/T00:06:00/),
    });
  });

  test("counts what was claimed and ended otherwise, so that the counts add up", async () => {
    const { pipeline, scripted, context } = setUp();
    await enqueue(pipeline.ports, scripted, {}, { expiresIn: "1 second" });
    await enqueue(pipeline.ports, scripted, { fail: 1 });
    await enqueue(pipeline.ports, scripted, {});
    await pipeline.clock.advance(2_000);
    await pipeline.drain();
    const { counts } = (await operate(laneShow, {}, context)).lanes[2] ?? {};
    expect(counts).toMatchObject({ claimed: 3, succeeded: 1, retried: 1, dead: 0, deferred: 0, other: 1 });
  });
});
