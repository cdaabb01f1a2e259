import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { InvalidInputError } from "../../shared/core/errors.ts";
import { defineJob, FatalError } from "../../shared/index.ts";
import { perform } from "../../shared/testing/perform.ts";

const grind = defineJob({
  name: "grind",
  input: z.object({ sacks: z.int().positive(), grain: z.string().default("rye") }),
  run: ({ input }) => `${input.sacks} of ${input.grain}`,
});

describe("perform", () => {
  test("passes the parsed input to the job, and answers its result", async () => {
    const { result, enqueued, logs } = await perform(grind, { sacks: 2 });
    expect({ result, enqueued, logs }).toEqual({ result: "2 of rye", enqueued: [], logs: [] });
  });

  test("refuses an input as enqueue does", async () => {
    await expect(perform(grind, { sacks: 0 })).rejects.toThrow(InvalidInputError);
  });

  test("passes the input to the job as it would be sent", async () => {
    const odd = defineJob({ name: "odd", input: z.unknown(), run: ({ input }) => input });
    const { result } = await perform(odd, { at: new Date(0), gone: undefined });
    expect(result).toStrictEqual({ at: "1970-01-01T00:00:00.000Z" });
  });

  test("throws what the job throws", async () => {
    const doomed = defineJob({
      name: "doomed",
      run: () => {
        throw new FatalError("the wheel broke");
      },
    });
    await expect(perform(doomed)).rejects.toThrow(new FatalError("the wheel broke"));
  });

  test("keeps what the job enqueues and logs, in order", async () => {
    const order = defineJob({
      name: "order",
      run: async ({ enqueue, log }) => {
        log.info("ordered", { sacks: 1 });
        log.warn("late");
        return [
          await enqueue(grind, { sacks: 1 }),
          await enqueue(grind, { sacks: 2 }, { key: "two", delay: "1 hour" }),
        ];
      },
    });
    const { result, enqueued, logs } = await perform(order);
    expect(result).toEqual([{ id: "grind:enqueued-1" }, { id: "grind:two" }]);
    expect(enqueued).toEqual([
      { job: "grind", input: { sacks: 1 }, options: {}, id: "grind:enqueued-1" },
      { job: "grind", input: { sacks: 2 }, options: { key: "two", delay: "1 hour" }, id: "grind:two" },
    ]);
    expect(logs).toEqual([
      { level: "info", message: "ordered", facts: { sacks: 1 } },
      { level: "warn", message: "late" },
    ]);
  });

  test("refuses enqueues that the pipeline would refuse", async () => {
    const careless = defineJob({ name: "careless", run: ({ enqueue }) => enqueue(grind, { sacks: -1 }) });
    await expect(perform(careless)).rejects.toThrow(/input of job "grind" is not valid: sacks/);
  });

  test.each<[string, object]>([
    ["key", { key: "two words" }],
    ["delay", { delay: "soon" }],
    ["priority", { priority: "urgent" }],
    ["tenant", { tenant: "" }],
  ])("refuses a %s that the pipeline would refuse", async (field, options) => {
    const careless = defineJob({
      name: "careless",
      run: ({ enqueue }) => enqueue(grind, { sacks: 1 }, options),
    });
    await expect(perform(careless)).rejects.toMatchObject({ name: "DefinitionError", field });
  });

  test("refuses a job that is passed by its name", async () => {
    const careless = defineJob({ name: "careless", run: ({ enqueue }) => enqueue("grind" as never) });
    await expect(perform(careless)).rejects.toThrow(/^job: expected a job as defineJob returns it/);
    await expect(perform("grind" as never)).rejects.toThrow(/^job: expected a job as defineJob returns it/);
  });

  test("performs a first attempt that is due now, unless the test overrides it", async () => {
    const curious = defineJob({
      name: "curious",
      run: ({ run, idempotencyKey }) => ({ ...run, idempotencyKey }),
    });
    const before = Date.now();
    const { result } = await perform(curious);
    expect(result).toMatchObject({
      id: "curious:performed",
      attempt: 1,
      idempotencyKey: "curious:performed",
    });
    expect(Number((result as { dueAt: Date }).dueAt)).toBeGreaterThanOrEqual(before);
    const third = await perform(curious, undefined, { run: { id: "curious:7", attempt: 3, tenant: "mill" } });
    expect(third.result).toMatchObject({ attempt: 3, tenant: "mill", idempotencyKey: "curious:7" });
  });

  test("aborts the signal at the job's timeout, or with the test's own signal", async () => {
    const slow = defineJob({
      name: "slow",
      timeout: "50 milliseconds",
      run: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    await expect(perform(slow)).rejects.toMatchObject({ name: "TimeoutError" });
    const control = new AbortController();
    const performed = perform(slow, undefined, { signal: control.signal });
    setTimeout(() => control.abort(new Error("enough")));
    await expect(performed).rejects.toThrow("enough");
  });
});
