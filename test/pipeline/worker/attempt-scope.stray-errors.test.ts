import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { defineJob } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { type ActiveAttempt, currentAttempt } from "../../../shared/pipeline/worker/attempt-scope.ts";
import { createPipeline, minute } from "../support/pipeline-harness.ts";

describe("an error outside the handler's promise", () => {
  test("fails the attempt at once, aborts its signal and is retried, while the handler still waits", async () => {
    const reasons: unknown[] = [];
    const job = defineJob({
      name: "stray",
      timeout: "30 seconds",
      retry: { attempts: 2, base: "1 second" },
      run: ({ run, signal }) => {
        if (run.attempt > 1) return "done";
        signal.addEventListener("abort", () => reasons.push(signal.reason));
        currentAttempt()?.fail(new TypeError("the socket closed"));
        return new Promise(() => undefined);
      },
    });
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    await pipeline.live(minute);
    expect(pipeline.run(id)).toMatchObject({
      state: "succeeded",
      failedAttempts: 1,
      error: { name: "TypeError", message: "the socket closed" },
    });
    expect(reasons).toEqual([new TypeError("the socket closed")]);
  });

  test("belongs to the run whose code raised it, not to its batch-mates", async () => {
    const seen: (string | undefined)[] = [];
    const job = defineJob({
      name: "mates",
      retry: { attempts: 1 },
      run: async ({ run }) => {
        await wait(1);
        seen.push(currentAttempt()?.run === run.id ? "own" : currentAttempt()?.run);
        if (run.id === "mates:b") currentAttempt()?.fail(new Error("only b"));
        await wait(1);
      },
    });
    const pipeline = createPipeline([job]);
    for (const key of ["a", "b", "c"]) await enqueue(pipeline.ports, job, undefined, { key });
    await pipeline.drain();
    expect(seen).toEqual(["own", "own", "own"]);
    expect(["a", "b", "c"].map((key) => pipeline.run(`mates:${key}`)?.state)).toEqual([
      "succeeded",
      "dead",
      "succeeded",
    ]);
  });

  test("does not change an attempt that has ended", async () => {
    let left: ActiveAttempt | undefined;
    const job = defineJob({
      name: "late",
      run: () => {
        left = currentAttempt();
      },
    });
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    await pipeline.drain();
    expect(left?.fail(new Error("too late"))).toBe(false);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded" });
  });
});
