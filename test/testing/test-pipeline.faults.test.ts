import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineJob, every, type JobContext, schedule } from "../../shared/index.ts";
import { createTestPipeline } from "../../shared/testing/index.ts";

/** A job that counts the calls of its handler by run. */
const countedJob = (name: string, run: (context: JobContext<unknown>) => unknown = () => "done") => {
  const calls: string[] = [];
  const job = defineJob({
    name,
    input: z.unknown(),
    retry: { attempts: 3, base: "10 seconds" },
    run: (context) => {
      calls.push(context.run.id);
      return run(context);
    },
  });
  return { job, calls };
};

describe("inject", () => {
  test("outcome-not-written: the worker repeats the write, and the run ends once", async () => {
    const { job, calls } = countedJob("charge");
    const pipeline = createTestPipeline({ jobs: [job] });
    pipeline.inject({ fault: "outcome-not-written", job, times: 2 });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("1 minute");
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", attempts: 1 });
    expect(calls).toHaveLength(1);
    await pipeline.advance("1 day");
    expect(calls).toHaveLength(1);
  });

  test("outcome-reply-lost: the worker sees that it was written", async () => {
    const { job, calls } = countedJob("charge");
    const pipeline = createTestPipeline({ jobs: [job] });
    pipeline.inject({ fault: "outcome-reply-lost" });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("1 hour");
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", attempts: 1 });
    expect(calls).toHaveLength(1);
  });

  test("message-delivered-twice: the handler runs once", async () => {
    const { job, calls } = countedJob("charge", () => pipeline.sleep("10 seconds"));
    const pipeline = createTestPipeline({ jobs: [job] });
    pipeline.inject({ fault: "message-delivered-twice", job, times: 3 });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("1 day");
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", attempts: 1 });
    expect(calls).toHaveLength(1);
  });

  test("worker-killed after the handler: the run is made again, and ends", async () => {
    const { job, calls } = countedJob("charge");
    const pipeline = createTestPipeline({ jobs: [job] });
    pipeline.inject({ fault: "worker-killed", job });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("1 minute");
    expect(pipeline.run(id).state).toBe("running");
    await pipeline.advance("1 hour");
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", attempts: 2 });
    expect(calls).toEqual([id, id]);
  });

  test("worker-killed before the handler: it is called once, later", async () => {
    const { job, calls } = countedJob("charge");
    const pipeline = createTestPipeline({ jobs: [job] });
    pipeline.inject({ fault: "worker-killed", when: "before-handler" });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("1 hour");
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", attempts: 2 });
    expect(calls).toEqual([id]);
  });

  test("worker-killed at an enqueue: the next attempt enqueues the same runs", async () => {
    const child = countedJob("child");
    const parent = countedJob("parent", async ({ enqueue }) => {
      for (const n of [1, 2, 3]) await enqueue(child.job, n);
    });
    const pipeline = createTestPipeline({ jobs: [parent.job, child.job] });
    pipeline.inject({ fault: "worker-killed", when: "at-enqueue", job: parent.job });
    await pipeline.enqueue(parent.job, 1);
    await pipeline.advance("1 hour");
    expect(parent.calls).toHaveLength(2);
    expect(child.calls).toHaveLength(3);
    expect(pipeline.enqueued({ job: child.job }).map(({ input }) => input)).toEqual([1, 2, 3]);
  });

  test("worker-killed three times by the same run: it is taken for the cause, and dies", async () => {
    const { job } = countedJob("poison");
    const pipeline = createTestPipeline({ jobs: [job] });
    pipeline.inject({ fault: "worker-killed", times: 10 });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("1 day");
    expect(pipeline.run(id)).toMatchObject({
      state: "dead",
      reason: expect.stringContaining("its worker was killed 3 times"),
    });
  });

  test("store-throttled: enqueue fails, and what was enqueued before ends once it is over", async () => {
    const { job, calls } = countedJob("charge");
    const pipeline = createTestPipeline({ jobs: [job] });
    const { id } = await pipeline.enqueue(job, 1);
    pipeline.inject({ fault: "store-throttled", for: "3 minutes" });
    await expect(pipeline.enqueue(job, 2)).rejects.toThrow("injected fault");
    await pipeline.advance("2 minutes");
    expect(pipeline.run(id).state).toBe("queued");
    await pipeline.advance("1 hour");
    expect(pipeline.run(id).state).toBe("succeeded");
    expect(calls).toEqual([id]);
  });

  test("queue-down: enqueue succeeds, and the sweeper sends the message later", async () => {
    const { job } = countedJob("charge");
    const pipeline = createTestPipeline({ jobs: [job] });
    pipeline.inject({ fault: "queue-down", for: "10 minutes" });
    const { id } = await pipeline.enqueue(job, 1);
    await expect(pipeline.send("normal", { v: 1, job: "charge" })).rejects.toThrow("injected fault");
    await pipeline.advance("5 minutes");
    expect(pipeline.run(id).state).toBe("queued");
    await pipeline.advance("1 hour");
    expect(pipeline.run(id).state).toBe("succeeded");
  });

  test("dispatcher-down: missed occurrences are caught up as the schedule says", async () => {
    const { job } = countedJob("report");
    const schedules = [
      schedule(every("10 minutes"), job, 1, { name: "latest", catchUp: "latest" }),
      schedule(every("10 minutes"), job, 2, { name: "all", catchUp: "all" }),
    ];
    const pipeline = createTestPipeline({ schedules });
    pipeline.inject({ fault: "dispatcher-down", for: "55 minutes" });
    await pipeline.advance("54 minutes");
    expect(pipeline.runs()).toEqual([]);
    await pipeline.advance("3 minutes");
    expect(pipeline.runs({ schedule: "latest" })).toHaveLength(1);
    expect(pipeline.runs({ schedule: "all" })).toHaveLength(5);
  });

  test("clock-skewed: a worker whose clock is ahead still starts no run early by more than that", async () => {
    const starts: Date[] = [];
    const { job } = countedJob("punctual", () => starts.push(pipeline.now()));
    const pipeline = createTestPipeline({ jobs: [job] });
    pipeline.inject({ fault: "clock-skewed", by: "3 seconds", direction: "behind", for: "1 hour" });
    const { id } = await pipeline.enqueue(job, 1, { delay: "1 minute" });
    await pipeline.advance("10 minutes");
    expect(pipeline.run(id).state).toBe("succeeded");
    expect(starts).toEqual([new Date("2026-01-01T00:01:03Z")]);
  });

  test("happens to runs of its job alone", async () => {
    const [a, b] = [countedJob("a"), countedJob("b")];
    const pipeline = createTestPipeline({ jobs: [a.job, b.job] });
    pipeline.inject({ fault: "worker-killed", job: b.job });
    await pipeline.enqueue(a.job, 1);
    await pipeline.advance("1 second");
    await pipeline.enqueue(b.job, 1);
    await pipeline.advance("1 second");
    expect(pipeline.runs().map(({ job, state }) => `${job} ${state}`)).toEqual(["a succeeded", "b running"]);
  });

  test.each([
    [
      { fault: "earthquake" },
      /^fault: expected one of message-delivered-twice, worker-killed, .*, got "earthquake"/,
    ],
    [{ fault: "worker-killed", times: 0 }, /^times: expected a whole number from 1, got 0/],
    [{ fault: "queue-down", for: "soon" }, /^for: expected a duration/],
  ])("refuses %j", (fault, message) => {
    expect(() => createTestPipeline().inject(fault as never)).toThrow(message);
  });
});
