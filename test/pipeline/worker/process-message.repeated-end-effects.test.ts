import { describe, expect, test } from "@jest/globals";
import type { RunState } from "../../../shared/core/runs/run.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { defaultEndEffects, type EndEffect } from "../../../shared/pipeline/runs/end-effects.ts";
import { earlyEnd, type Gate } from "../../../shared/pipeline/worker/gates/gate.ts";
import { defaultGates } from "../../../shared/pipeline/worker/gates/gates.ts";
import {
  createPipeline,
  minute,
  scriptedJob,
  second,
  type TestPipeline,
} from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

/** An effect that fails at its first call. Its outcome is a set, as every effect's must be. */
const failingOnce = () => {
  const applied = new Set<string>();
  let calls = 0;
  const effect: EndEffect = {
    name: "failing once",
    isRepeated: true,
    apply: async (_ports, { row }) => {
      if (calls++ === 0) throw new Error("ThrottlingException");
      applied.add(`${row.id} ${row.state}`);
      return true;
    },
  };
  return { applied, calls: () => calls, endEffects: defaultEndEffects.toSpliced(-1, 0, effect) };
};

const failOnce = <Port extends object>(port: Port, method: keyof Port): void => {
  const original = port[method];
  Object.assign(port, {
    [method]: async () => {
      port[method] = original;
      throw new Error("ThrottlingException");
    },
  });
};

const hour = 60 * minute;

const isAcknowledged = ({ ports }: TestPipeline) => ports.queue.waiting("normal").length === 0;

const cancelled: Gate = () => earlyEnd({ kind: "cancelled", reason: "not needed" });

describe("a message whose worker ended the run, when an end effect failed", () => {
  const ends = {
    succeeded: { input: {}, options: {}, gates: defaultGates },
    dead: { input: { fatal: true }, options: {}, gates: defaultGates },
    cancelled: { input: {}, options: {}, gates: [cancelled] },
    expired: { input: {}, options: { expiresIn: "1 second" }, gates: defaultGates },
  } as const satisfies Partial<Record<RunState, object>>;

  test.each(["succeeded", "dead", "cancelled", "expired"] as const)(
    "returns, and its next worker applies the effect: %s",
    async (state) => {
      const { scripted, started } = scriptedJob();
      const { input, options, gates } = ends[state];
      const { applied, calls, endEffects } = failingOnce();
      const pipeline = createPipeline([scripted], [], { gates, endEffects });
      const { id } = await enqueue(pipeline.ports, scripted, input, { ...options, key: "k" });
      await pipeline.clock.advance(2 * second);
      await pipeline.drain();
      expect(pipeline.run(id)?.state).toBe(state);
      expect([calls(), applied.size, isAcknowledged(pipeline)]).toEqual([1, 0, false]);
      const starts = started.length;
      await pipeline.live(minute);
      expect([calls(), [...applied], isAcknowledged(pipeline)]).toEqual([2, [`${id} ${state}`], true]);
      expect(started).toHaveLength(starts);
      expect(pipeline.lines.filter(({ message }) => message === "run")).toHaveLength(1);
    },
  );
});

describe("an occurrence that its schedule skips", () => {
  const id = "beat:often@2026-01-01T00:01:00Z";
  /** 00:00 has run, 00:01 was sent before the pause and is due now. */
  const setUp = async () => {
    const { job, ran } = recordingJob("beat");
    const { pipeline, ask, history } = await deployPipeline([job]);
    await ask("schedules.create", { name: "often", job: "beat", rule: "every 1 minute", input: {} });
    await pipeline.live(30 * second);
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await pipeline.clock.advance(30 * second);
    const entries = async () => {
      const at = pipeline.run(id)?.dueAt;
      const all = await pipeline.ports.ledger.list("often", { limit: 50 });
      return all.filter((entry) => entry.recordedBy === "worker" && entry.at === at).length;
    };
    return { pipeline, ran, history, entries };
  };

  test("has one ledger entry when the first write of the entry fails", async () => {
    const { pipeline, ran, history, entries } = await setUp();
    failOnce(pipeline.ports.ledger, "record");
    await pipeline.deliver("normal");
    expect(pipeline.run(id)).toMatchObject({ state: "cancelled", skippedBySchedule: true });
    expect([await entries(), isAcknowledged(pipeline)]).toEqual([0, false]);
    await pipeline.live(5 * minute);
    expect(ran).toEqual(["01T00:00:00Z"]);
    expect(await history("often")).toContain("00:01:00 skipped paused: storm");
    expect([await entries(), isAcknowledged(pipeline)]).toEqual([1, true]);
  });

  test("has its ledger entry by the sweeper when no worker can write it before SQS dead-letters the message", async () => {
    const { pipeline, entries } = await setUp();
    const { record } = pipeline.ports.ledger;
    Object.assign(pipeline.ports.ledger, {
      record: async () => {
        throw new Error("ThrottlingException");
      },
    });
    await pipeline.live(6 * hour);
    expect(pipeline.ports.queue.dead("normal")).not.toEqual([]);
    expect(await entries()).toBe(0);
    Object.assign(pipeline.ports.ledger, { record });
    await pipeline.live(2 * minute);
    expect(pipeline.ports.queue.dead("normal")).toEqual([]);
    expect(await entries()).toBe(1);
  });
});
