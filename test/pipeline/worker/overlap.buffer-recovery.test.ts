import { expect, test } from "@jest/globals";
import { every } from "../../../shared/index.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import { killablePorts } from "../support/killable-ports.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { createSlowJob, runConcurrently } from "../support/slow-harness.ts";

test.each([20, 60])(
  "a buffered occurrence whose worker is killed holds up the others, every %d seconds, for minutes at most",
  async (gap) => {
    const { spans, start } = createSlowJob({ ms: 1.2 * gap * second });
    const { pipeline, context } = await start({ overlap: "buffer-one" }, every(`${gap} seconds`));
    await pipeline.tick();
    void pipeline.start("normal");
    await pipeline.clock.advance(gap * second);
    const hiding = { call: 5, phase: "before" } as const;
    const { ports, isDead, calls } = killablePorts(pipeline.ports, hiding);
    const worker = {
      lane: "normal",
      metricsCounter: createMetricsCounter(),
      deadlineAt: pipeline.clock.now() + 5 * minute,
    } as const;
    void processBatch(ports, { ...worker, registry: context.registry }, pipeline.receive("normal"));
    await pipeline.clock.advance(second);
    expect({ isDead: isDead(), last: calls.at(-1) }).toEqual({ isDead: true, last: "queue.hide" });
    await runConcurrently(pipeline, 20 * minute);
    const gaps = spans.slice(1).map(({ from }, i) => from - (spans[i]?.to ?? 0));
    expect(Math.max(...gaps) / minute).toBeLessThan(5);
  },
);
