import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineJob } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute, scriptedJob } from "../support/pipeline-harness.ts";

const createPay = () => {
  const amounts: number[] = [];
  const pay = defineJob({
    name: "pay",
    input: z.object({ amount: z.number() }),
    run: ({ input }) => void amounts.push(input.amount),
  });
  return { pay, amounts, pipeline: createPipeline([pay]) };
};

const bare = (amount: number) => JSON.stringify({ v: 1, job: "pay", key: "k", input: { amount } });

describe("a bare message with a key that was used before", () => {
  const reason =
    'expected the input that the key was first used with, or a new key, got another input: run "pay:k" exists';

  test("and another input becomes a dead letter with the conflict after the first has run", async () => {
    const { pipeline, amounts } = createPay();
    for (const amount of [10, 99]) {
      await pipeline.send("normal", bare(amount));
      await pipeline.drain();
    }
    expect(amounts).toEqual([10]);
    expect(pipeline.ports.queue.dead("normal")).toMatchObject([{ body: bare(99), reason }]);
    expect(pipeline.lines).toContainEqual(expect.objectContaining({ message: "message refused" }));
  });

  test("and another input becomes a dead letter while the first is waiting, which runs as sent", async () => {
    const { pipeline, amounts, pay } = createPay();
    await enqueue(pipeline.ports, pay, { amount: 10 }, { key: "k", delay: "1 minute" });
    await pipeline.send("normal", bare(99));
    await pipeline.live(2 * minute);
    expect(amounts).toEqual([10]);
    expect(pipeline.ports.queue.dead("normal")).toMatchObject([{ reason }]);
  });

  test("and the same input is acknowledged without a second run", async () => {
    const { pipeline, amounts } = createPay();
    for (let sent = 0; sent < 2; sent++) {
      await pipeline.send("normal", bare(10));
      await pipeline.drain();
    }
    expect(amounts).toEqual([10]);
    expect(pipeline.ports.queue.dead("normal")).toEqual([]);
  });
});

test("dead-letters a bare message with an input that the store cannot hold at once, with the reason", async () => {
  const echo = defineJob({ name: "echo", input: z.unknown(), run: () => 1 });
  const pipeline = createPipeline([echo]);
  Object.assign(pipeline.ports.payloads, {
    save: () =>
      Promise.reject(new Error("ValidationException: Item size has exceeded the maximum allowed size")),
  });
  await pipeline.send("low", JSON.stringify({ v: 1, job: "echo", input: "x".repeat(450_000) }));
  await pipeline.deliver("low");
  expect(pipeline.ports.queue.waiting("low")).toEqual([]);
  expect(pipeline.ports.queue.dead("low")).toMatchObject([
    { reason: expect.stringContaining("expected at most 350000 bytes of JSON, got 450002") },
  ]);
  expect(pipeline.runs()).toEqual([]);
});

test("reads the row after an adoption whose result is unknown, and charges no attempt", async () => {
  const { pipeline, amounts } = createPay();
  const { create, read } = pipeline.ports.runs;
  let isDown = false;
  Object.assign(pipeline.ports.runs, {
    create: async (rows: Parameters<typeof create>[0]) => {
      await create(rows);
      isDown = true;
      return rows.map(({ id }) => ({ created: false, failed: `run "${id}" may not have been written` }));
    },
    read: async (ids: readonly string[]) => {
      if (isDown) {
        isDown = false;
        throw new Error("throttled");
      }
      return await read(ids);
    },
  });
  await pipeline.send("normal", bare(10));
  await pipeline.drain();
  expect(amounts).toEqual([10]);
  expect(pipeline.run("pay:k")).toMatchObject({ state: "succeeded", claimCount: 1 });
});

test("retries an adoption that fails once within seconds, not after the visibility timeout", async () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  const real = pipeline.ports.runs.create;
  let fail = true;
  (pipeline.ports.runs as { create: typeof real }).create = async (runs) => {
    if (fail) {
      fail = false;
      throw new Error("timed out");
    }
    return await real(runs);
  };
  await pipeline.send("low", JSON.stringify({ v: 1, job: "scripted", input: {}, key: "k" }));
  await pipeline.live(20 * minute);
  expect(pipeline.run("scripted:k")?.state).toBe("succeeded");
}, 60_000);

test("adopts a bare message as due when it was sent, so that its wait in the queue is counted", async () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  const sentAt = pipeline.clock.now();
  await pipeline.send("normal", JSON.stringify({ v: 1, job: "scripted", key: "k", input: {} }));
  await pipeline.clock.advance(7_000);
  await pipeline.drain();
  expect(pipeline.run("scripted:k")).toMatchObject({
    state: "succeeded",
    dueAt: sentAt,
    startedAt: sentAt + 7_000,
  });
});
