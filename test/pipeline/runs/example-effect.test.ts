import { describe, expect, test } from "@jest/globals";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import {
  applyEndEffects,
  defaultEndEffects,
  type EndEffect,
  isEnded,
  repeatEndEffects,
} from "../../../shared/pipeline/runs/end-run.ts";
import { createPipeline, scriptedJob } from "../support/pipeline-harness.ts";

/**
 * An example of an effect: it releases the slot that a run took. If the process is killed before it, the slot is
 * released when the effects are repeated.
 */
const releaseSlot = (slots: Set<string>): EndEffect => ({
  name: "release slot",
  isRepeated: true,
  apply: async (_ports, { row }) => {
    slots.delete(row.id);
    return true;
  },
});

describe("an effect that releases the slot of a run", () => {
  test("is applied at the end of the run, and is harmless when it is repeated", async () => {
    const { scripted } = scriptedJob();
    const { ports, drain, run } = createPipeline([scripted]);
    const { id } = await enqueue(ports, scripted, {});
    const slots = new Set([id, "another"]);
    await drain();
    const row = run(id);
    if (!isEnded(row)) throw new Error("expected the run to have ended");
    const effects = [...defaultEndEffects, releaseSlot(slots)];
    expect(await applyEndEffects(ports, { row, endedBy: "worker", attempt: 1 }, effects)).toBe(true);
    expect([...slots]).toEqual(["another"]);
    expect(await repeatEndEffects(ports, row, effects)).toBe(true);
    expect([...slots]).toEqual(["another"]);
  });
});
