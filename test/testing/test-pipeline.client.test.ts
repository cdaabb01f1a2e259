import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { enqueue, enqueueMany, jobRef } from "../../shared/client.ts";
import { defineJob } from "../../shared/index.ts";
import { createTestPipeline } from "../../shared/testing/index.ts";

const welcome = defineJob({ name: "welcome", input: z.object({ to: z.string() }), run: () => "sent" });

/** Code under test, which uses the client of the package. */
const signUp = async (to: string) => await enqueue(jobRef<typeof welcome>("welcome"), { to }, { key: to });

describe("connectClient", () => {
  test("sends what the code under test enqueues to the pipeline", async () => {
    const pipeline = createTestPipeline({ jobs: [welcome] });
    const disconnect = pipeline.connectClient();
    try {
      await signUp("ann");
      await enqueueMany([{ job: welcome, input: { to: "bob" }, options: { delay: "1 hour" } }]);
    } finally {
      disconnect();
    }
    expect(pipeline.enqueued().map(({ input, options, by }) => ({ input, options, by }))).toEqual([
      { input: { to: "ann" }, options: { key: "ann" }, by: "client" },
      { input: { to: "bob" }, options: { delay: "1 hour" }, by: "client" },
    ]);
    await pipeline.advance("2 hours");
    expect(pipeline.runs({ state: "succeeded" })).toHaveLength(2);
  });

  test("needs no job, to see what is enqueued", async () => {
    const pipeline = createTestPipeline();
    const disconnect = pipeline.connectClient();
    await signUp("ann");
    disconnect();
    expect(pipeline.enqueued({ job: welcome })).toMatchObject([{ id: "welcome:ann" }]);
  });

  test("is undone, also when another pipeline was connected meanwhile", async () => {
    const [first, second] = [createTestPipeline(), createTestPipeline()];
    const disconnectFirst = first.connectClient();
    const disconnectSecond = second.connectClient();
    disconnectFirst();
    await signUp("ann");
    expect([first.enqueued().length, second.enqueued().length]).toEqual([0, 1]);
    disconnectSecond();
    await expect(signUp("bob")).rejects.toThrow("no environment variable selects one");
  });

  test("takes the faults of its pipeline", async () => {
    const pipeline = createTestPipeline();
    const disconnect = pipeline.connectClient();
    pipeline.inject({ fault: "store-throttled", for: "1 minute" });
    await expect(signUp("ann")).rejects.toThrow("injected fault");
    disconnect();
    expect(pipeline.enqueued()).toEqual([]);
  });
});

describe("a job that is not in the pipeline", () => {
  test("is listed when a handler enqueues it, and its run dies after about an hour, as on AWS", async () => {
    const parent = defineJob({ name: "parent", run: ({ enqueue }) => enqueue(welcome, { to: "ann" }) });
    const pipeline = createTestPipeline({ jobs: [parent] });
    await pipeline.enqueue(parent);
    await pipeline.advance("1 minute");
    expect(pipeline.enqueued({ job: welcome })).toMatchObject([{ input: { to: "ann" } }]);
    await pipeline.advance("2 hours");
    expect(pipeline.runs({ job: welcome })).toMatchObject([
      { state: "dead", reason: 'this deployment has no job "welcome"' },
    ]);
  });
});
