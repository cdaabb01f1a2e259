import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineJob, type JobContext } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, second } from "../support/pipeline-harness.ts";

const child = defineJob({ name: "child", input: z.unknown(), run: ({ input }) => input });
const other = defineJob({ name: "other", input: z.unknown(), run: ({ input }) => input });

/** A parent whose first attempt fails after what it enqueued. */
const createParent = async (run: (context: JobContext<undefined>) => Promise<unknown>) => {
  const parent = defineJob({
    name: "parent",
    retry: { attempts: 2, base: "1 second" },
    run: async (context) => {
      await run(context);
      if (context.run.attempt === 1) throw new Error("after what it enqueued");
    },
  });
  const pipeline = createPipeline([parent, child, other]);
  await enqueue(pipeline.ports, parent);
  await pipeline.live(30 * second);
  return pipeline
    .runs()
    .filter(({ job }) => job !== "parent")
    .map(({ job, input = "none" }) => `${job} ${input}`)
    .sort();
};

describe("enqueue of a handler", () => {
  test("enqueues the same runs when a retried attempt enqueues in another order, or more", async () => {
    const made = await createParent(async ({ enqueue, run }) => {
      for (const n of run.attempt === 1 ? ["b", "c"] : ["a", "b", "c"]) await enqueue(child, n);
    });
    expect(made).toEqual(['child "a"', 'child "b"', 'child "c"']);
  });

  test("enqueues two runs for two equal calls of one attempt, and the same two in the next attempt", async () => {
    const made = await createParent(async ({ enqueue }) => {
      await Promise.all([enqueue(child, 1), enqueue(child, 1), enqueue(other, 1)]);
    });
    expect(made).toEqual(["child 1", "child 1", "other 1"]);
  });

  test.each<[string, () => unknown]>([
    ["a bigint", () => 1n],
    [
      "a circle",
      () => {
        const circle: unknown[] = [];
        circle.push(circle);
        return circle;
      },
    ],
    [
      "more levels than a stack holds",
      () => {
        let nested: unknown = [];
        for (let i = 0; i < 20_000; i++) nested = [nested];
        return nested;
      },
    ],
  ])("is refused with InvalidInputError when its input is %s, as the client refuses it", async (_, input) => {
    const names: string[] = [];
    await createParent(async ({ enqueue }) => {
      await enqueue(child, input()).catch((error: Error) => names.push(error.name));
    });
    expect(names).toEqual(["InvalidInputError", "InvalidInputError"]);
  });

  test("refuses a job that is passed by its name", async () => {
    const problems: string[] = [];
    await createParent(async ({ enqueue }) => {
      await enqueue("child" as never, 1).catch((error: Error) => problems.push(error.message));
    });
    expect(problems[0]).toMatch(/^job: expected a job as defineJob returns it, or a jobRef, got "child"/);
  });

  test("refuses options that the pipeline refuses", async () => {
    const problems: string[] = [];
    await createParent(async ({ enqueue }) => {
      await enqueue(child, 1, { tenant: "" }).catch((error: Error) => problems.push(error.message));
    });
    expect(problems[0]).toMatch(/^tenant: expected 1 to 128 visible ASCII characters/);
  });
});
