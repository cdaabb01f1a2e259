import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { createClient } from "../shared/client.ts";
import { ConflictError, InvalidInputError } from "../shared/core/errors.ts";
import { defineJob } from "../shared/index.ts";
import { createMemory } from "../shared/testing/memory.ts";

const grind = defineJob({
  name: "grind",
  input: z.object({ sacks: z.int().positive() }),
  run: () => undefined,
});
const rest = defineJob({ name: "rest", run: () => undefined });

describe("the client", () => {
  test("enqueues one run, and many of different jobs", async () => {
    const memory = createMemory();
    const { enqueue, enqueueMany } = createClient(async () => memory.ports);
    expect(await enqueue(grind, { sacks: 1 }, { key: "one" })).toEqual({
      id: "grind:one",
      isNew: true,
      state: "queued",
    });
    const answers = await enqueueMany([
      { job: grind, input: { sacks: 1 }, options: { key: "one" } },
      { job: grind, input: { sacks: 2 }, options: { key: "one", priority: "high" } },
      { job: rest, input: undefined, options: { key: "a" } },
    ]);
    expect(answers).toEqual([
      { id: "grind:one", isNew: false, state: "queued" },
      new ConflictError("grind:one"),
      { id: "rest:a", isNew: true, state: "queued" },
    ]);
    expect(memory.runs()).toHaveLength(2);
  });

  test("accepts an array of runs of one job", async () => {
    const memory = createMemory();
    const { enqueueMany } = createClient(async () => memory.ports);
    const sacks = [1, 2, 3];
    await enqueueMany(sacks.map((sacks) => ({ job: grind, input: { sacks } })));
    expect(memory.runs()).toHaveLength(3);
  });

  test("rejects a wrong input at compile time and at run time", async () => {
    const { enqueue, enqueueMany } = createClient(async () => createMemory().ports);
    // @ts-expect-error sacks is a number
    await expect(enqueue(grind, { sacks: "two" })).rejects.toThrow(InvalidInputError);
    // @ts-expect-error grind takes an input
    await expect(enqueue(grind)).rejects.toThrow(InvalidInputError);
    const resting = { job: rest, input: undefined };
    // @ts-expect-error each request is checked against its own job
    const mixed = enqueueMany([resting, { job: grind, input: { bags: 1 } }]);
    await expect(mixed).rejects.toThrow(InvalidInputError);
  });

  test("connects once, at the first call, and again after a failure", async () => {
    const memory = createMemory();
    let connections = 0;
    const { enqueue } = createClient(async () => {
      connections++;
      if (connections === 1) throw new Error("no network");
      return memory.ports;
    });
    expect(connections).toBe(0);
    await expect(enqueue(rest)).rejects.toThrow("no network");
    await Promise.all([enqueue(rest), enqueue(rest)]);
    await enqueue(rest);
    expect(connections).toBe(2);
  });
});
