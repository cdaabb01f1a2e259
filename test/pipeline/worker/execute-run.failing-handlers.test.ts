import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineJob, RetryAfterError } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute, scriptedJob, second } from "../support/pipeline-harness.ts";

describe("a failing handler", () => {
  test("that never returns has its signal aborted, is retried and then dies, while its lane continues", async () => {
    let aborted = 0;
    const stuck = defineJob({
      name: "stuck",
      timeout: "3 seconds",
      retry: { attempts: 2, base: "1 second" },
      run: ({ signal }) =>
        new Promise(() => {
          signal.addEventListener("abort", () => aborted++);
        }),
    });
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([stuck, scripted]);
    const bad = await enqueue(pipeline.ports, stuck);
    const good = await enqueue(pipeline.ports, scripted, {});
    await pipeline.live(15 * second);
    expect(pipeline.run(good.id)?.state).toBe("succeeded");
    expect(pipeline.run(bad.id)).toMatchObject({
      state: "dead",
      reason: "attempt 2 of 2 failed with TimeoutError: the attempt took longer than its 3000 ms",
    });
    expect(aborted).toBe(2);
  });

  test.each([
    ["undefined", undefined, "threw undefined instead of an Error"],
    ["a text", "oh no", "oh no"],
    ["an object", { code: 7 }, 'threw {"code":7} instead of an Error'],
  ])("that throws %s leaves a reason", async (_, thrown, message) => {
    const odd = defineJob({
      name: "odd",
      retry: { attempts: 1 },
      run: () => {
        throw thrown;
      },
    });
    const pipeline = createPipeline([odd]);
    const { id } = await enqueue(pipeline.ports, odd);
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({ state: "dead", error: { name: "Error", message } });
  });

  test("that returns a value outside JSON succeeds, with a note", async () => {
    const odd = defineJob({ name: "odd", run: () => ({ big: 1n }) });
    const pipeline = createPipeline([odd]);
    const { id } = await enqueue(pipeline.ports, odd);
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({
      state: "succeeded",
      resultNote: expect.stringContaining("JSON cannot say it"),
    });
  });

  test("that throws a RetryAfterError is parked until then", async () => {
    const later = defineJob({
      name: "later",
      run: ({ run }) => {
        if (run.attempt === 1) throw new RetryAfterError(new Date(run.dueAt.getTime() + 3_600_000));
        return run.attempt;
      },
    });
    const pipeline = createPipeline([later]);
    const { id } = await enqueue(pipeline.ports, later);
    const due = pipeline.clock.now() + 3_600_000;
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({ state: "parked", availableAt: due });
    await pipeline.live(3_600_000 + 5 * second);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", claimCount: 2, startedAt: due });
  });

  test("that enqueues runs enqueues the same ones again when it is retried", async () => {
    const child = defineJob({ name: "child", input: z.number(), run: ({ input }) => input });
    const parent = defineJob({
      name: "parent",
      retry: { attempts: 3, base: "1 second" },
      run: async ({ enqueue, run }) => {
        await enqueue(child, 1);
        await enqueue(child, 1);
        if (run.attempt < 3) throw new Error("after the fact");
      },
    });
    const pipeline = createPipeline([parent, child]);
    await enqueue(pipeline.ports, parent);
    await pipeline.live(20 * second);
    expect(pipeline.runs().filter(({ job }) => job === "child")).toHaveLength(2);
  });

  test("ends a chain of jobs at the maximum depth", async () => {
    const loop = defineJob({ name: "loop", run: async ({ enqueue }) => void (await enqueue(loop)) });
    const pipeline = createPipeline([loop]);
    await enqueue(pipeline.ports, loop);
    await pipeline.live(10 * second);
    expect(pipeline.runs()).toHaveLength(101);
    expect(pipeline.runs().filter(({ state }) => state === "dead")).toMatchObject([{ chainDepth: 100 }]);
  });
});

describe("the sweeper", () => {
  test("resends a lost message within four minutes of the run's creation", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, {});
    pipeline.ports.queue.remove("normal", pipeline.receive("normal"));
    await pipeline.live(4 * minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", claimCount: 1 });
  });

  test("rescues a parked run whose message was lost after it was sent", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, {}, { delay: "20 minutes" });
    await pipeline.clock.advance(19 * minute);
    await pipeline.tick();
    await pipeline.clock.advance(2 * minute);
    pipeline.ports.queue.remove("normal", pipeline.receive("normal"));
    await pipeline.live(10 * minute);
    expect(pipeline.run(id)?.state).toBe("succeeded");
  });

  test("ends a run that expires before an attempt", async () => {
    const { scripted, started } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, {}, { expiresIn: "30 seconds" });
    pipeline.ports.queue.remove("normal", pipeline.receive("normal"));
    await pipeline.live(5 * minute);
    expect(pipeline.run(id)?.state).toBe("expired");
    expect(started).toEqual([]);
  });

  test("leaves nothing in the timer index once every run has ended", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await enqueue(pipeline.ports, scripted, { fail: 1 });
    await enqueue(pipeline.ports, scripted, { fatal: true });
    await enqueue(pipeline.ports, scripted, {}, { delay: "1 hour" });
    await pipeline.live(2 * 60 * minute);
    expect(pipeline.runs().map(({ state, timerKey }) => [state, timerKey])).toEqual([
      ["succeeded", undefined],
      ["dead", undefined],
      ["succeeded", undefined],
    ]);
  });
});
