import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import { createPipeline, minute, second } from "../support/pipeline-harness.ts";

describe("a worker that has lost its lease", () => {
  test("does not overwrite the stored result of the worker that settled the run", async () => {
    let turn = 0;
    let freeFirst = (): void => undefined;
    const slow = defineJob({
      name: "slow",
      run: async () => {
        if (++turn === 1) {
          await new Promise<void>((resolve) => {
            freeFirst = resolve;
          });
          return "zombie".repeat(200);
        }
        return "winner".repeat(200);
      },
    });
    const pipeline = createPipeline([slow]);
    const { id } = await enqueue(pipeline.ports, slow);
    const registry = defineRegistry([slow]);
    const context = () => ({
      lane: "normal" as const,
      registry,
      metricsCounter: createMetricsCounter(),
      deadlineAt: pipeline.clock.now() + 300 * second,
    });
    const first = processBatch(pipeline.ports, context(), pipeline.receive("normal"));
    await pipeline.clock.advance(10);
    pipeline.clock.jump(40 * second); // SIGSTOP: timers do not fire until the process continues
    const resent = [
      {
        messageId: "h",
        receipt: "h",
        body: JSON.stringify({ v: 1, job: "slow", id, generation: 1 }),
        receiveCount: 1,
        sentAt: pipeline.clock.now(),
      },
    ];
    const second_ = processBatch(pipeline.ports, context(), resent);
    await new Promise((r) => setTimeout(r, 50));
    freeFirst();
    await new Promise((r) => setTimeout(r, 50));
    await pipeline.clock.advance(100);
    await Promise.all([first, second_]);
    const stored = await pipeline.ports.payloads.load(id, `result#${pipeline.run(id)?.token}`);
    expect(stored).toContain("winner");
  });

  test("does not count a success for a run that the sweeper has ended", async () => {
    let free = (): void => undefined;
    const slow = defineJob({
      name: "slow",
      run: () =>
        new Promise<void>((resolve) => {
          free = resolve;
        }),
    });
    const pipeline = createPipeline([slow]);
    const { id } = await enqueue(pipeline.ports, slow);
    const now = pipeline.clock.now();
    for (let i = 0; i < 2; i++)
      await pipeline.ports.runs.claim([{ id, generation: 1, token: `c${i}`, now: now + i, leaseUntil: now }]);
    const registry = defineRegistry([slow]);
    pipeline.clock.jump(10);
    const first = processBatch(
      pipeline.ports,
      {
        lane: "normal",
        registry,
        metricsCounter: createMetricsCounter(),
        deadlineAt: pipeline.clock.now() + 300 * second,
      },
      pipeline.receive("normal"),
    );
    await pipeline.clock.advance(10);
    expect(pipeline.run(id)).toMatchObject({ state: "running", claimCount: 3 });
    pipeline.clock.jump(16 * minute);
    const sweeping = pipeline.sweep();
    await new Promise((r) => setTimeout(r, 50));
    await sweeping;
    await pipeline.sweep();
    free();
    await new Promise((r) => setTimeout(r, 50));
    await pipeline.clock.advance(100);
    const { counts } = await first;
    expect(pipeline.run(id)?.state === "dead" && counts.succeeded > 0).toBe(false);
  });
});
