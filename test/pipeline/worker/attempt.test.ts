import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { createClock } from "../../../shared/aws/system.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob, FatalError, RetryAfterError } from "../../../shared/index.ts";
import { enqueue, enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import { createMemory } from "../../../shared/testing/memory.ts";
import { createPipeline, minute, second } from "../support/pipeline-harness.ts";

describe("a handler that has timed out", () => {
  const onAbort = (signal: AbortSignal, answer: (reason: unknown) => unknown) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(answer(signal.reason)));
    });

  test("ends its run when it throws a FatalError", async () => {
    let starts = 0;
    const job = defineJob({
      name: "pay",
      timeout: "1 second",
      retry: { attempts: 3, base: "1 second" },
      run: ({ signal }) => {
        starts++;
        return onAbort(signal, () => new FatalError("half paid: do not try again"));
      },
    });
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    await pipeline.live(minute);
    expect(pipeline.run(id)).toMatchObject({ state: "dead", reason: "half paid: do not try again" });
    expect(starts).toBe(1);
  });

  test("chooses its next instant when it throws a RetryAfterError", async () => {
    const job = defineJob({
      name: "pay",
      timeout: "1 second",
      run: ({ signal, run }) =>
        run.attempt > 1
          ? "paid"
          : onAbort(signal, () => new RetryAfterError(new Date(Date.UTC(2026, 0, 1, 0, 30)))),
    });
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({ state: "parked", availableAt: Date.UTC(2026, 0, 1, 0, 30) });
  });

  test("fails with a TimeoutError when it rethrows its signal's reason", async () => {
    const names: unknown[] = [];
    const job = defineJob({
      name: "pay",
      timeout: "1 second",
      retry: { attempts: 1 },
      run: ({ signal }) =>
        onAbort(signal, (reason) => {
          names.push(Reflect.get(Object(reason), "name"));
          return reason;
        }),
    });
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    await pipeline.drain();
    expect(names).toEqual(["TimeoutError"]);
    expect(pipeline.run(id)).toMatchObject({ state: "dead", error: { name: "TimeoutError" } });
  });

  test("can enqueue nothing when it ignores its signal, and is logged as still running", async () => {
    const child = defineJob({ name: "child", run: () => 1 });
    const refusals: string[] = [];
    const job = defineJob({
      name: "zombie",
      timeout: "1 second",
      retry: { attempts: 1 },
      run: async ({ enqueue: send }) => {
        await pipeline.clock.sleep(5 * second);
        await send(child).catch((error: Error) => refusals.push(error.name));
      },
    });
    const pipeline: ReturnType<typeof createPipeline> = createPipeline([job, child]);
    const { id } = await enqueue(pipeline.ports, job);
    await pipeline.live(minute);
    expect(pipeline.run(id)?.state).toBe("dead");
    expect(refusals).toEqual(["TimeoutError"]);
    expect(pipeline.runs()).toHaveLength(1);
    expect(pipeline.lines).toContainEqual(
      expect.objectContaining({ message: "handler still running after its signal was aborted" }),
    );
  });

  test("times out in its schema too", async () => {
    const job = defineJob({
      name: "hangs",
      input: {
        "~standard": {
          version: 1,
          vendor: "test",
          validate: (value) => (isWorking ? new Promise(() => undefined) : { value }),
        },
      },
      timeout: "1 second",
      retry: { attempts: 1 },
      run: () => 1,
    });
    let isWorking = false;
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job, 1);
    isWorking = true;
    await pipeline.live(10 * second);
    expect(pipeline.run(id)).toMatchObject({ state: "dead", error: { name: "TimeoutError" } });
  });
});

test("extends the other runs of a batch while one blocks the process", async () => {
  let charged = 0;
  const busy = defineJob({
    name: "busy",
    run: () => {
      const until = Date.now() + 1_200;
      while (Date.now() < until);
    },
  });
  const pay = defineJob({
    name: "pay",
    timeout: "1 second",
    retry: { attempts: 1 },
    run: async () => {
      await wait(50);
      charged++;
    },
  });
  const memory = createMemory({ now: Date.now() });
  const ports = { ...memory.ports, clock: createClock() };
  const [paid] = await enqueueMany(ports, [
    { job: pay, input: undefined },
    { job: busy, input: undefined },
  ]);
  const worker = {
    lane: "normal",
    registry: defineRegistry([busy, pay]),
    metricsCounter: createMetricsCounter(),
  } as const;
  await processBatch(ports, { ...worker, deadlineAt: Date.now() + 300_000 }, memory.receive("normal"));
  const run = memory.runs().find(({ id }) => paid && "id" in paid && id === paid.id);
  expect(run).toMatchObject({ state: "succeeded", claimCount: 1 });
  expect(charged).toBe(1);
}, 20_000);

test("gives a run that is retried after its death the same idempotency key and the next generation", async () => {
  const seen: object[] = [];
  const job = defineJob({
    name: "pay",
    retry: { attempts: 1 },
    run: ({ run: { attempt, generation }, idempotencyKey }) => {
      seen.push({ attempt, generation, idempotencyKey });
      if (generation === 1) throw new Error("declined");
    },
  });
  const pipeline = createPipeline([job]);
  await enqueue(pipeline.ports, job, undefined, { key: "k" });
  await pipeline.drain();
  await pipeline.send("normal", pipeline.ports.queue.dead("normal")[0]?.body ?? "");
  await pipeline.drain();
  expect(seen).toEqual([
    { attempt: 1, generation: 1, idempotencyKey: "pay:k" },
    { attempt: 1, generation: 2, idempotencyKey: "pay:k" },
  ]);
});
