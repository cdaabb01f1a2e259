import { describe, expect, test } from "@jest/globals";
import { ContentionError } from "../../shared/core/errors.ts";
import { enqueue } from "../../shared/pipeline/enqueue/enqueue.ts";
import { cancelRun } from "../../shared/pipeline/runs/cancel.ts";
import { rescheduleRun } from "../../shared/pipeline/runs/reschedule.ts";
import type { Ports, Runs } from "../../shared/ports/index.ts";
import { createPipeline, minute, scriptedJob } from "../pipeline/support/pipeline-harness.ts";

const createWaiting = async () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "k", delay: "10 minutes" });
  const read = () => {
    const run = pipeline.run(id);
    if (!run) throw new Error("expected the run");
    return run;
  };
  const changing = (change: Runs["change"]): Ports => ({
    ...pipeline.ports,
    runs: { ...pipeline.ports.runs, change },
  });
  /** The SDK repeats a write whose reply was lost: the second one is refused because of the first. */
  const repeating = changing(async (changes) => {
    await pipeline.ports.runs.change(changes);
    return await pipeline.ports.runs.change(changes);
  });
  const refusing = changing(async (changes) => changes.map(() => ({ changed: false, now: read() })));
  return { pipeline, id, read, repeating, refusing };
};

const started = async () => {
  const waiting = await createWaiting();
  const { pipeline, id } = waiting;
  await pipeline.clock.advance(10 * minute);
  const now = pipeline.clock.now();
  await pipeline.ports.runs.claim([{ id, generation: 1, token: "t", now, leaseUntil: now + minute }]);
  return waiting;
};

describe("a cancellation", () => {
  test("of a waiting run recognises its own write when the reply is lost", async () => {
    const { id, repeating } = await createWaiting();
    expect(await cancelRun(repeating, id, { reason: "not needed" })).toBe("cancelled");
  });

  test("of a running run recognises its own write when the reply is lost", async () => {
    const { id, repeating } = await started();
    const refusing: Ports = {
      ...repeating,
      runs: {
        ...repeating.runs,
        change: async (changes) => {
          const [answer] = await repeating.runs.change(changes);
          const now = (await repeating.runs.read([id])).get(id);
          return answer ? [{ changed: false, now }] : [];
        },
      },
    };
    expect(await cancelRun(refusing, id, { reason: "not needed" })).toBe("requested");
  });

  test("of a run that changes at every try throws a ContentionError", async () => {
    const { id, refusing } = await createWaiting();
    await expect(cancelRun(refusing, id, { reason: "not needed" })).rejects.toThrow(
      new ContentionError(`run "${id}"`),
    );
  });
});

describe("a rescheduling", () => {
  test("recognises its own write when the reply is lost", async () => {
    const { pipeline, id, repeating } = await createWaiting();
    const at = pipeline.clock.now() + 30 * minute;
    expect(await rescheduleRun(repeating, id, new Date(at))).toMatchObject({ dueAt: at, state: "parked" });
  });

  test("of a run that changed meanwhile throws a ContentionError", async () => {
    const { id, refusing } = await createWaiting();
    await expect(rescheduleRun(refusing, id, new Date(0))).rejects.toThrow(
      new ContentionError(`run "${id}"`),
    );
  });
});
