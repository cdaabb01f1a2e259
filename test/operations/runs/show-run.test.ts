import { describe, expect, test } from "@jest/globals";
import { NotFoundError } from "../../../shared/core/errors.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { recordStart } from "../../../shared/core/runs/settle.ts";
import { operate } from "../../../shared/operations/operation.ts";
import { runShow } from "../../../shared/operations/runs/show-run.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute, scriptedJob, second } from "../../pipeline/support/pipeline-harness.ts";

const setUp = () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  return { pipeline, scripted, context: { ports: pipeline.ports, registry: defineRegistry([scripted]) } };
};

describe("runs.show", () => {
  test("shows a run that succeeded with its input and its result, wherever they are kept", async () => {
    const { pipeline, scripted, context } = setUp();
    const value = "x".repeat(2_000);
    const { id } = await enqueue(pipeline.ports, scripted, { value }, { tenant: "mill", tags: ["corn"] });
    await pipeline.drain();
    expect(await operate(runShow, { id }, context)).toMatchObject({
      id,
      state: "succeeded",
      generation: 1,
      attempts: 1,
      crashes: 0,
      tenant: "mill",
      tags: ["corn"],
      input: { value },
      result: value,
    });
  });

  test("shows when one that failed is tried next, and how often still", async () => {
    const { pipeline, scripted, context } = setUp();
    const { id } = await enqueue(pipeline.ports, scripted, { fail: 9 });
    await pipeline.drain();
    expect(await operate(runShow, { id }, context)).toMatchObject({
      state: "retry",
      attempts: 1,
      attemptsLeft: 2,
      nextAttemptAt: "2026-01-01T00:00:01.000Z",
      error: { name: "Error", message: "asked to fail attempt 1" },
      input: { fail: 9 },
    });
  });

  test("shows why a dead one died", async () => {
    const { pipeline, scripted, context } = setUp();
    const { id } = await enqueue(pipeline.ports, scripted, { fail: 9 });
    await pipeline.live(20 * second);
    const shown = await operate(runShow, { id }, context);
    expect(shown).toMatchObject({
      state: "dead",
      attempts: 3,
      generation: 2,
      crashes: 0,
      reason: "attempt 3 of 3 failed with Error: asked to fail attempt 3",
    });
    expect(shown).not.toHaveProperty("attemptsLeft");
    expect(shown).not.toHaveProperty("nextAttemptAt");
  });

  test("shows until when a running one is leased, and that its worker was killed before", async () => {
    const { pipeline, scripted, context } = setUp();
    const { id } = await enqueue(pipeline.ports, scripted, {});
    const claim = {
      id,
      generation: 1,
      token: "a",
      now: pipeline.clock.now(),
      leaseUntil: pipeline.clock.now() + 1_000,
    };
    const [held] = await pipeline.ports.runs.claim([claim]);
    if (held && "run" in held) await pipeline.ports.runs.change([recordStart(held.run)]);
    await pipeline.clock.advance(minute);
    const leaseUntil = pipeline.clock.now() + 30 * second;
    await pipeline.ports.runs.claim([{ ...claim, token: "b", now: pipeline.clock.now(), leaseUntil }]);
    expect(await operate(runShow, { id }, context)).toMatchObject({
      state: "running",
      attempts: 2,
      attemptsLeft: 2,
      crashes: 1,
      leaseUntil: new Date(leaseUntil).toISOString(),
    });
  });

  test("has a note in place of a result that was not kept", async () => {
    const { pipeline, scripted, context } = setUp();
    const { id } = await enqueue(pipeline.ports, scripted, { value: "x".repeat(400_000).slice(0, 340_000) });
    await pipeline.drain();
    const gone = { ...context.ports.payloads, load: async () => undefined };
    const shown = await operate(runShow, { id }, { ...context, ports: { ...context.ports, payloads: gone } });
    expect(shown).toMatchObject({
      inputNote: "its stored input has expired: inputs are kept for 90 days",
      resultNote: "its stored result is gone",
    });
  });

  test("says that there is no such run", async () => {
    await expect(operate(runShow, { id: "scripted:none" }, setUp().context)).rejects.toThrow(NotFoundError);
  });
});
