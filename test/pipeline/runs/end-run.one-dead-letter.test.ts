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
    const world = createPipeline([scripted]);
    const id = runId("scripted", "k");
    await enqueue(world.ports, scripted, { fatal: true }, { key: "k" });
    /** A worker takes the message, and is killed at one of its writes. Answers whether it was. */
    const killWorker = async (death: KillPoint): Promise<boolean> => {
      const { ports, isDead } = killablePorts(world.ports, death);
      const deadlineAt = world.clock.now() + laneTimeoutMs("normal");
      const worker = { lane: "normal", metricsCounter: createMetricsCounter(), deadlineAt } as const;
      const deliveries = world.receive("normal");
      void processBatch(ports, { ...worker, registry: defineRegistry([scripted]) }, deliveries).then(() => {
        if (!isDead()) world.ports.queue.remove("normal", deliveries);
      });
      await world.clock.advance(20 * second);
      return isDead();
    };
    return { world, id, killWorker };
  };

  test("has one dead letter, however many duplicates of its message come back", async () => {
    const { world, id } = await createDeath();
    for (let i = 0; i < 5; i++)
      await world.send("normal", JSON.stringify({ v: 1, job: "scripted", id, generation: 1 }));
    await world.live(minute);
    await world.send("normal", JSON.stringify({ v: 1, job: "scripted", id, generation: 1 }));
    await world.ports.queue.sendDeadLetters([
      { lane: "normal", body: JSON.stringify({ v: 1, job: "scripted", id, generation: 1 }), delaySeconds: 0 },
    ]);
    await world.live(hour);
    expect(world.run(id)?.state).toBe("dead");
    expect(reasons(world)).toEqual(["asked to die"]);
    expect(world.ports.queue.waiting("normal")).toEqual([]);
  });

  const crashes = killPoints(5);

  test.each(crashes)("has its dead letter when its worker is killed %o", async (crash) => {
    const { world, id, killWorker } = await createDeath();
    const isKilled = await killWorker(crash);
    await world.live(6 * hour);
    expect(world.run(id)?.state).toBe("dead");
    const sent = reasons(world);
    expect(sent).toContain("asked to die");
    // Killed after it had sent the dead letter and before it had acknowledged the message.
    expect(sent.length).toBeLessThanOrEqual(isKilled ? 2 : 1);
  });

  test("keeps its dead letter when it is redriven and no worker can claim the run", async () => {
    const { world, id } = await createDeath();
    await world.live(minute);
    const { claim } = world.ports.runs;
    Object.assign(world.ports.runs, {
      claim: async (claims: Parameters<typeof claim>[0]) => {
        const rows = await world.ports.runs.read(claims.map((one) => one.id));
        return claims.map((one) => ({ refused: rows.get(one.id) }));
      },
    });
    for (const deadLetter of await world.ports.queue.receiveDeadLetters("normal", 1)) {
      await world.ports.queue.send([{ lane: "normal", body: deadLetter.body, delaySeconds: 0 }]);
      await world.ports.queue.deleteDeadLetter("normal", deadLetter);
    }
    expect(reasons(world)).toEqual([]);
    await world.live(6 * hour);
    expect(world.run(id)?.state).toBe("dead");
    expect(reasons(world)).toEqual(["asked to die"]);
  });

  test("has its dead letter when its worker was killed before it sent one and SQS dead-letters the message", async () => {
    const { world, id, killWorker } = await createDeath();
    // Its writes: the claim, the record of the attempt, the settle, the dead letter.
    expect(await killWorker({ call: 3, phase: "before" })).toBe(true);
    expect(world.run(id)?.state).toBe("dead");
    expect(reasons(world)).toEqual([]);
    for (let i = 0; i <= maxReceiveCount + 1; i++) {
      world.receive("normal");
      await world.clock.advance(30 * minute + second);
    }
    await world.sweep();
    expect(reasons(world)).toEqual(["asked to die"]);
  });
});
