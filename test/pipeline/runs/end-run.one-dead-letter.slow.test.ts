import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { laneTimeoutMs, maxReceiveCount } from "../../../shared/core/lane.ts";
import { runId } from "../../../shared/core/runs/new-run.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import { type KillPoint, killablePorts } from "../support/killable-ports.ts";
import {
  createPipeline,
  minute,
  scriptedJob,
  second,
  type TestPipeline,
} from "../support/pipeline-harness.ts";
import { killPoints } from "../support/schedule-harness.ts";

const hour = 60 * minute;

const reasons = ({ ports }: TestPipeline) => ports.queue.dead("normal").map(({ reason }) => reason);

describe("a death", () => {
  const createDeath = async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const id = runId("scripted", "k");
    await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "k" });
    /** A worker takes the message, and is killed at one of its writes. Answers whether it was. */
    const killWorker = async (death: KillPoint): Promise<boolean> => {
      const { ports, isDead } = killablePorts(pipeline.ports, death);
      const deadlineAt = pipeline.clock.now() + laneTimeoutMs("normal");
      const worker = { lane: "normal", metricsCounter: createMetricsCounter(), deadlineAt } as const;
      const deliveries = pipeline.receive("normal");
      void processBatch(ports, { ...worker, registry: defineRegistry([scripted]) }, deliveries).then(() => {
        if (!isDead()) pipeline.ports.queue.remove("normal", deliveries);
      });
      await pipeline.clock.advance(20 * second);
      return isDead();
    };
    return { pipeline, id, killWorker };
  };

  test("has one dead letter, however many duplicates of its message come back", async () => {
    const { pipeline, id } = await createDeath();
    for (let i = 0; i < 5; i++)
      await pipeline.send("normal", JSON.stringify({ v: 1, job: "scripted", id, generation: 1 }));
    await pipeline.live(minute);
    await pipeline.send("normal", JSON.stringify({ v: 1, job: "scripted", id, generation: 1 }));
    await pipeline.ports.queue.sendDeadLetters([
      { lane: "normal", body: JSON.stringify({ v: 1, job: "scripted", id, generation: 1 }), delaySeconds: 0 },
    ]);
    await pipeline.live(hour);
    expect(pipeline.run(id)?.state).toBe("dead");
    expect(reasons(pipeline)).toEqual(["asked to die"]);
    expect(pipeline.ports.queue.waiting("normal")).toEqual([]);
  });

  const crashes = killPoints(5);

  test.each(crashes)("has its dead letter when its worker is killed %o", async (crash) => {
    const { pipeline, id, killWorker } = await createDeath();
    const isKilled = await killWorker(crash);
    await pipeline.live(6 * hour);
    expect(pipeline.run(id)?.state).toBe("dead");
    const sent = reasons(pipeline);
    expect(sent).toContain("asked to die");
    // Killed after it had sent the dead letter and before it had acknowledged the message.
    expect(sent.length).toBeLessThanOrEqual(isKilled ? 2 : 1);
  });

  test("keeps its dead letter when it is redriven and no worker can claim the run", async () => {
    const { pipeline, id } = await createDeath();
    await pipeline.live(minute);
    const { claim } = pipeline.ports.runs;
    Object.assign(pipeline.ports.runs, {
      claim: async (claims: Parameters<typeof claim>[0]) => {
        const rows = await pipeline.ports.runs.read(claims.map((one) => one.id));
        return claims.map((one) => ({ refused: rows.get(one.id) }));
      },
    });
    for (const deadLetter of await pipeline.ports.queue.receiveDeadLetters("normal", 1)) {
      await pipeline.ports.queue.send([{ lane: "normal", body: deadLetter.body, delaySeconds: 0 }]);
      await pipeline.ports.queue.deleteDeadLetter("normal", deadLetter);
    }
    expect(reasons(pipeline)).toEqual([]);
    await pipeline.live(6 * hour);
    expect(pipeline.run(id)?.state).toBe("dead");
    expect(reasons(pipeline)).toEqual(["asked to die"]);
  });

  test("has its dead letter when its worker was killed before it sent one and SQS dead-letters the message", async () => {
    const { pipeline, id, killWorker } = await createDeath();
    // Its writes: the claim, the record of the attempt, the settle, the dead letter.
    expect(await killWorker({ call: 3, phase: "before" })).toBe(true);
    expect(pipeline.run(id)?.state).toBe("dead");
    expect(reasons(pipeline)).toEqual([]);
    for (let i = 0; i <= maxReceiveCount + 1; i++) {
      pipeline.receive("normal");
      await pipeline.clock.advance(30 * minute + second);
    }
    await pipeline.sweep();
    expect(reasons(pipeline)).toEqual(["asked to die"]);
  });
});
