import { describe, expect, test } from "@jest/globals";
import { ConflictError, InvalidInputError } from "../../../shared/core/errors.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { operate } from "../../../shared/operations/operation.ts";
import { runEnqueue } from "../../../shared/operations/runs/enqueue-run.ts";
import { createPipeline, minute, scriptedJob } from "../../pipeline/support/pipeline-harness.ts";

const setUp = () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  return { pipeline, scripted, context: { ports: pipeline.ports, registry: defineRegistry([scripted]) } };
};

describe("runs.enqueue", () => {
  test("enqueues with every option", async () => {
    const { pipeline, context } = setUp();
    const options = {
      key: "k",
      delay: "2 minutes",
      priority: "high",
      tenant: "mill",
      expiresIn: "1 hour",
      tags: ["a"],
    };
    const asked = { job: "scripted", input: { value: 1 }, ...options };
    expect(await operate(runEnqueue, asked, context)).toEqual({
      id: "scripted:k",
      isNew: true,
      state: "queued",
    });
    expect(await operate(runEnqueue, asked, context)).toEqual({
      id: "scripted:k",
      isNew: false,
      state: "queued",
    });
    const dueAt = pipeline.clock.now() + 2 * minute;
    expect(pipeline.run("scripted:k")).toMatchObject({
      lane: "high",
      dueAt,
      expiresAt: dueAt + 60 * minute,
      tenant: "mill",
      tags: ["a"],
    });
  });

  test("takes an instant", async () => {
    const { pipeline, context } = setUp();
    const at = "2026-01-02T01:00:00+01:00";
    const { id } = await operate(runEnqueue, { job: "scripted", input: {}, at }, context);
    expect(pipeline.run(id)).toMatchObject({ state: "parked", dueAt: Date.UTC(2026, 0, 2) });
  });

  test("refuses an unknown job, a bad input and a key used with another input, and writes nothing", async () => {
    const { pipeline, context } = setUp();
    const ask = (input: object) => operate(runEnqueue, input, context);
    await ask({ job: "scripted", input: { value: 1 }, key: "k" });
    await expect(ask({ job: "fax" })).rejects.toThrow('there is no job "fax": expected one of scripted');
    await expect(ask({ job: "scripted", input: { fail: "no" } })).rejects.toThrow(InvalidInputError);
    await expect(ask({ job: "scripted", input: { value: 2 }, key: "k" })).rejects.toThrow(ConflictError);
    expect(pipeline.runs()).toHaveLength(1);
  });
});
