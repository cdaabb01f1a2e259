import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { createClient } from "../../../shared/client.ts";
import { isJobRef, jobRef } from "../../../shared/core/jobs/job-ref.ts";
import { at, defineJob, schedule } from "../../../shared/index.ts";
import { createMemory } from "../../../shared/testing/memory.ts";
import { perform } from "../../../shared/testing/perform.ts";
import { createPipeline, minute } from "../../pipeline/support/pipeline-harness.ts";

const grind = defineJob({
  name: "grind",
  input: z.object({ sacks: z.int().positive(), grain: z.string().default("rye") }),
  run: ({ input }) => `${input.sacks} of ${input.grain}`,
});
const rest = defineJob({ name: "rest", run: () => "rested" });
const long = defineJob({ name: "long", priority: "low", timeout: "10 minutes", run: () => "done" });

/** A client of the harness's pipeline. */
const setUp = () => {
  const pipeline = createPipeline([grind, rest, long]);
  return { pipeline, ...createClient(async () => pipeline.ports) };
};

describe("jobRef", () => {
  test("enqueues a run of the job that it names", async () => {
    const { pipeline, enqueue } = setUp();
    const { id } = await enqueue(jobRef<typeof grind>("grind"), { sacks: 2 }, { key: "a" });
    await enqueue(jobRef<typeof rest>("rest"), undefined, { key: "b" });
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({ id: "grind:a", state: "succeeded", result: '"2 of rye"' });
    expect(pipeline.run("rest:b")).toMatchObject({ state: "succeeded", lane: "normal" });
  });

  test("is the same request as the job itself", async () => {
    const { enqueue } = setUp();
    await enqueue(jobRef<typeof grind>("grind"), { sacks: 2 }, { key: "a" });
    await enqueue(jobRef<typeof rest>("rest"), undefined, { key: "a" });
    expect(await enqueue(grind, { sacks: 2 }, { key: "a" })).toMatchObject({ isNew: false });
    expect(await enqueue(rest, undefined, { key: "a" })).toMatchObject({ isNew: false });
  });

  test("enqueues many runs, beside jobs", async () => {
    const { pipeline, enqueueMany } = setUp();
    const answers = await enqueueMany([
      { job: jobRef<typeof grind>("grind"), input: { sacks: 1 }, options: { key: "1" } },
      { job: grind, input: { sacks: 2 }, options: { key: "2" } },
    ]);
    expect(answers).toMatchObject([{ id: "grind:1" }, { id: "grind:2" }]);
    await pipeline.drain();
    expect(pipeline.runs().map(({ state }) => state)).toEqual(["succeeded", "succeeded"]);
  });

  test("is not compiled with a wrong name, a wrong input or no input", async () => {
    const { enqueue, enqueueMany } = setUp();
    // @ts-expect-error the job's name is "grind"
    jobRef<typeof grind>("grindd");
    // @ts-expect-error the type of the job must be given
    jobRef("grind");
    // @ts-expect-error sacks is a number
    await enqueue(jobRef<typeof grind>("grind"), { sacks: "two" });
    // @ts-expect-error grind takes an input
    await enqueue(jobRef<typeof grind>("grind"));
    // @ts-expect-error rest takes no input
    await expect(enqueue(jobRef<typeof rest>("rest"), { sacks: 1 })).resolves.toBeDefined();
    // @ts-expect-error each request is checked against its own job
    await enqueueMany([{ job: jobRef<typeof grind>("grind"), input: { bags: 1 } }]);
  });

  test("leaves the input to the worker, which refuses it with the reason", async () => {
    const { pipeline, enqueue } = setUp();
    const { id } = await enqueue(jobRef<typeof grind>("grind"), { sacks: -1 });
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({
      state: "dead",
      reason: expect.stringContaining('input of job "grind" is not valid: sacks'),
    });
    expect(pipeline.ports.queue.dead("normal")).toHaveLength(1);
  });

  test("refuses an input that JSON would change, as for a job", async () => {
    const { enqueue } = setUp();
    await expect(enqueue(jobRef<typeof grind>("grind"), { sacks: Number.NaN })).rejects.toThrow(/NaN/);
  });

  test.each([
    [undefined, undefined, "normal"],
    ["high", undefined, "high"],
    ["high", "critical", "critical"],
  ] as const)("with priority %s and the caller's %s uses lane %s", async (own, asked, lane) => {
    const { pipeline, enqueue } = setUp();
    const ref = jobRef<typeof rest>("rest", own && { priority: own });
    const { id } = await enqueue(ref, undefined, asked && { priority: asked });
    expect(pipeline.run(id)).toMatchObject({ lane });
  });

  test("is moved to the lane of its job when its own is too short", async () => {
    const { pipeline, enqueue } = setUp();
    const { id } = await enqueue(jobRef<typeof long>("long", { priority: "critical" }));
    await pipeline.live(minute);
    expect(pipeline.run(id)).toMatchObject({ lane: "low", state: "succeeded" });
  });

  test("lets jobs enqueue each other without importing each other", async () => {
    const first = defineJob({
      name: "first",
      run: ({ enqueue }) => enqueue(jobRef<typeof grind>("grind"), { sacks: 3 }, { key: "chained" }),
    });
    const pipeline = createPipeline([first, grind]);
    const { enqueue } = createClient(async () => pipeline.ports);
    await enqueue(first);
    await pipeline.drain();
    expect(pipeline.run("grind:chained")).toMatchObject({ state: "succeeded" });
    const { enqueued } = await perform(first);
    expect(enqueued).toMatchObject([{ job: "grind", input: { sacks: 3 } }]);
  });

  test("refuses a name and a priority that no job can have", () => {
    expect(() => jobRef<typeof rest>("Two Words" as "rest")).toThrow(/^job name: expected lower-case words/);
    expect(() => jobRef<typeof rest>("rest", { priority: "urgent" as "high" })).toThrow(
      'reference to job "rest": priority: expected one of critical, high, normal, low, got "urgent"',
    );
  });

  test("cannot be performed or scheduled, since it has no handler", async () => {
    const ref = jobRef<typeof rest>("rest");
    const message = /got a reference to job "rest"; import the job itself/;
    await expect(perform(ref as never)).rejects.toThrow(message);
    expect(() => schedule(at("2027-01-01T00:00:00Z"), ref as never)).toThrow(message);
  });

  test("is recognised in another copy of the module", async () => {
    const memory = createMemory();
    const { enqueue } = createClient(async () => memory.ports);
    const copy = { ...jobRef<typeof rest>("rest") };
    expect(isJobRef(copy)).toBe(true);
    await enqueue(copy, undefined, { key: "copied" });
    expect(memory.runs()).toMatchObject([{ id: "rest:copied" }]);
  });
});
