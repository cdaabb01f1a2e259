import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineJob } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, second } from "../support/pipeline-harness.ts";

const big = (c: string) => ({ text: c.repeat(800) });
const seen: string[] = [];
const large = defineJob({
  name: "large",
  input: z.object({ text: z.string() }),
  run: ({ input }) => {
    seen.push(input.text[0] ?? "");
  },
});

describe("a key that was used with another input", () => {
  test("leaves the input of the existing run alone when enqueue is refused", async () => {
    seen.length = 0;
    const pipeline = createPipeline([large]);
    await enqueue(pipeline.ports, large, big("a"), { key: "k" });
    await expect(enqueue(pipeline.ports, large, big("b"), { key: "k" })).rejects.toThrow();
    await pipeline.drain();
    expect(seen).toEqual(["a"]);
  });

  test("leaves the input of the existing run alone when a bare message brings the key", async () => {
    seen.length = 0;
    const pipeline = createPipeline([large]);
    await enqueue(pipeline.ports, large, big("a"), { key: "k", delay: "10 seconds" });
    await pipeline.send("normal", JSON.stringify({ v: 1, job: "large", key: "k", input: big("b") }));
    await pipeline.live(30 * second);
    expect(seen).toEqual(["a"]);
  });
});
