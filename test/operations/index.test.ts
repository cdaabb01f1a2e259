import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { OperationInputError } from "../../shared/core/errors.ts";
import { defineRegistry } from "../../shared/core/jobs/registry.ts";
import { operations } from "../../shared/operations/index.ts";
import { laneShow } from "../../shared/operations/lanes/show-lanes.ts";
import { type Operation, operate } from "../../shared/operations/operation.ts";
import { runEnqueue } from "../../shared/operations/runs/enqueue-run.ts";
import { runList } from "../../shared/operations/runs/list-runs.ts";
import { runShow } from "../../shared/operations/runs/show-run.ts";
import { createPipeline, scriptedJob } from "../pipeline/support/pipeline-harness.ts";

const setUp = () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  return { pipeline, scripted, context: { ports: pipeline.ports, registry: defineRegistry([scripted]) } };
};

describe("every operation", () => {
  test("has a name of its own, a sentence, and an input that JSON Schema can say", () => {
    expect(new Set(operations.map(({ name }) => name)).size).toBe(operations.length);
    for (const { description, input } of operations) {
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(z.toJSONSchema(input, { io: "input" })).toMatchObject({ type: "object" });
    }
  });

  test.each<[Operation, object, RegExp]>([
    [runList, { limit: 0 }, /^limit: .*>=1, got 0$/],
    [runList, { state: "happy" }, /^state: .*"succeeded".*, got "happy"$/],
    [runShow, {}, /^id: .*, got nothing$/],
    [runEnqueue, { job: "scripted", delay: "soon" }, /^delay: expected a duration such as .*, got "soon"$/],
    [runEnqueue, { job: "scripted", at: "tomorrow" }, /^at: expected an instant .*, got "tomorrow"$/],
    [runEnqueue, { job: "scripted", priority: "urgent" }, /^priority: .*"critical".*, got "urgent"$/],
    [runEnqueue, { job: "scripted", tenant: "two words" }, /^tenant: expected 1 to 128 visible ASCII/],
    [laneShow, { minutes: 1.5 }, /^minutes: .*, got 1.5$/],
  ])("says in one sentence what is wrong with its input", async (operation, input, problem) => {
    const asked = operate(operation, input, setUp().context);
    await expect(asked).rejects.toThrow(OperationInputError);
    await expect(asked).rejects.toThrow(problem);
  });
});
