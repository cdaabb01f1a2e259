import { describe, expect, test } from "@jest/globals";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { defaultEndEffects, type EndEffect } from "../../../shared/pipeline/runs/end-effects.ts";
import { createPipeline, minute, scriptedJob } from "../support/pipeline-harness.ts";

/**
 * An example of an end effect: it starts the next step of a flow. If the process is killed before it, the message of
 * the run comes back, and the next worker starts the step. The steps are a set, so a repetition changes nothing.
 */
const nextStep = (started: Set<string>): EndEffect => ({
  name: "next step",
  isRepeated: true,
  apply: async (_ports, { row }) => {
    started.add(`${row.id} ${row.state}`);
    return true;
  },
});

describe("an end effect that starts the next step of a flow", () => {
  test("is applied once after a success, after a success by a retry, and after a death", async () => {
    const started = new Set<string>();
    const { scripted } = scriptedJob();
    const endEffects = defaultEndEffects.toSpliced(-1, 0, nextStep(started));
    const { ports, live } = createPipeline([scripted], [], { endEffects });
    await enqueue(ports, scripted, {}, { key: "good" });
    await enqueue(ports, scripted, { fail: 1 }, { key: "retried" });
    await enqueue(ports, scripted, { fatal: true }, { key: "bad" });
    await live(minute);
    expect([...started].sort()).toEqual([
      "scripted:bad dead",
      "scripted:good succeeded",
      "scripted:retried succeeded",
    ]);
  });
});
