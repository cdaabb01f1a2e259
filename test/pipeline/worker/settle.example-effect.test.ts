import { describe, expect, test } from "@jest/globals";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { earlyEnd, type Gate } from "../../../shared/pipeline/worker/gates/gate.ts";
import { defaultGates } from "../../../shared/pipeline/worker/gates/gates.ts";
import { defaultSettleEffects, type SettleEffect } from "../../../shared/pipeline/worker/settle-effects.ts";
import { createPipeline, minute, scriptedJob, second } from "../support/pipeline-harness.ts";

/** Slots in memory, by the token of the claim. A real one also expires when the lease ends. */
const createSlots = (size: number) => {
  const [held, taken] = [new Set<string>(), [] as string[]];
  const gate: Gate = ({ batch, run }) => {
    if (held.size >= size) return earlyEnd({ kind: "deferred", at: batch.ports.clock.now() + 2 * second });
    held.add(run.token);
    taken.push(run.id);
    return undefined;
  };
  const release: SettleEffect = {
    name: "release slot",
    apply: async (_ports, { run }) => void held.delete(run.token),
  };
  return { held, taken, gate, release };
};

describe("a settle effect that releases the slot of an attempt", () => {
  test("is applied after a success, a failure that retries, a later gate's deferral and a death", async () => {
    const { held, taken, gate, release } = createSlots(1);
    let isDeferred = false;
    const deferOnce: Gate = ({ batch }) => {
      if (isDeferred) return undefined;
      isDeferred = true;
      return earlyEnd({ kind: "deferred", at: batch.ports.clock.now() + second });
    };
    const { scripted } = scriptedJob();
    const { ports, live, runs } = createPipeline([scripted], [], {
      gates: defaultGates.toSpliced(-1, 0, gate, deferOnce),
      settleEffects: [...defaultSettleEffects, release],
    });
    await enqueue(ports, scripted, { fail: 1 }, { key: "retried" });
    await enqueue(ports, scripted, { fatal: true }, { key: "bad" });
    await live(minute);
    expect(runs().map(({ state }) => state)).toEqual(["succeeded", "dead"]);
    const [retried, bad] = ["scripted:retried", "scripted:bad"];
    expect(taken.sort()).toEqual([bad, retried, retried, retried]);
    expect([...held]).toEqual([]);
  });
});
