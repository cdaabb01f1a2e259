import { setTimeout as realTime } from "node:timers/promises";
import { describe, expect, jest, test } from "@jest/globals";
import * as z from "zod";
import { at, cron, defineJob, every, schedule } from "../../shared/index.ts";
import { createTestPipeline, type TestPipeline } from "../../shared/testing/index.ts";

const jobOf = (name: string, run: Parameters<typeof defineJob>[0]["run"] = () => undefined) =>
  defineJob({ name, input: z.unknown(), timeout: "1 minute", retry: { attempts: 1 }, run });

const states = (pipeline: TestPipeline) => pipeline.runs().map(({ state }) => state);

describe("a handler that takes time", () => {
  test("takes no virtual time while it waits for a real timer", async () => {
    const job = jobOf("slow", () => realTime(60, "done"));
    const pipeline = createTestPipeline({ jobs: [job] });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("1 second");
    expect(pipeline.run(id)).toMatchObject({
      state: "succeeded",
      result: "done",
      endedAt: new Date("2026-01-01T00:00:00Z"),
    });
  });

  test("takes virtual time with pipeline.sleep", async () => {
    const job = jobOf("slow", async () => {
      await pipeline.sleep("40 seconds");
      return pipeline.now();
    });
    const pipeline = createTestPipeline({ jobs: [job] });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("30 seconds");
    expect(pipeline.run(id).state).toBe("running");
    await pipeline.advance("30 seconds");
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", result: "2026-01-01T00:00:40.000Z" });
  });

  test("runs into its timeout, and its signal is aborted", async () => {
    let reason: unknown;
    const job = jobOf("slow", async ({ signal }) => {
      await pipeline.sleep("10 minutes", signal);
      reason = signal.reason;
      signal.throwIfAborted();
    });
    const pipeline = createTestPipeline({ jobs: [job] });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("2 minutes");
    expect(pipeline.run(id)).toMatchObject({ state: "dead", endedAt: new Date("2026-01-01T00:01:00Z") });
    expect(reason).toMatchObject({ name: "TimeoutError" });
  });

  test("that never returns is waited for a while, and then runs into its timeout", async () => {
    const job = jobOf("stuck", () => new Promise(() => undefined));
    const pipeline = createTestPipeline({ jobs: [job], maxRealWait: "50 milliseconds" });
    const { id } = await pipeline.enqueue(job, 1);
    await pipeline.advance("2 minutes");
    expect(pipeline.run(id)).toMatchObject({
      state: "dead",
      reason: expect.stringMatching(/60000 ms|took longer/),
    });
  });

  test("runs beside the handlers of other runs, and overlaps with those of its schedule", async () => {
    const job = jobOf("slow", () => pipeline.sleep("50 seconds"));
    const pipeline = createTestPipeline({
      schedules: [
        schedule(every("30 seconds"), job, 1, { name: "allow" }),
        schedule(every("30 seconds"), job, 2, { name: "skip", overlap: "skip" }),
      ],
    });
    await pipeline.advance("3 minutes");
    const count = (name: string, state: "succeeded" | "cancelled") =>
      pipeline.runs({ schedule: name, state }).length;
    expect([count("allow", "succeeded"), count("allow", "cancelled")]).toEqual([4, 0]);
    expect([count("skip", "succeeded"), count("skip", "cancelled")]).toEqual([2, 3]);
  });
});

describe("advance", () => {
  test("does not need the timers of the test, which may be replaced", async () => {
    jest.useFakeTimers();
    try {
      const job = jobOf("fast", () => 1);
      const pipeline = createTestPipeline({ jobs: [job] });
      const { id } = await pipeline.enqueue(job, 1, { delay: "2 hours" });
      await pipeline.advance("2 hours");
      expect(pipeline.run(id).state).toBe("succeeded");
    } finally {
      jest.useRealTimers();
    }
  });

  test("does what is due at its end, and moves to an instant too", async () => {
    const job = jobOf("fast");
    const startAt = new Date("2026-06-01T00:00:00Z");
    const pipeline = createTestPipeline({ startAt, schedules: [schedule(cron("0 * * * *"), job, 1)] });
    await pipeline.advance("59 minutes");
    expect(states(pipeline)).toEqual(["queued"]);
    await pipeline.advance("1 minute");
    expect(states(pipeline)).toEqual(["succeeded"]);
    await pipeline.advanceTo(new Date("2026-06-01T05:00:00Z"));
    expect(states(pipeline)).toHaveLength(5);
    await expect(pipeline.advanceTo(startAt)).rejects.toThrow(
      /^advanceTo: expected an instant from 2026-06-01T05:00:00.000Z on/,
    );
  });

  test("in many steps does the same as in one", async () => {
    const story = async (steps: number) => {
      let n = 0;
      const job = jobOf("flaky", async () => {
        if (n++ % 3 === 0) throw new Error("no luck");
        await pipeline.sleep("7 seconds");
      });
      const retrying = defineJob({ ...job, input: z.unknown(), timeout: "1 minute", retry: { attempts: 4 } });
      const pipeline = createTestPipeline({ schedules: [schedule(every("5 minutes"), retrying, 1)] });
      for (let i = 0; i < steps; i++) await pipeline.advance(`${7_200 / steps} seconds`);
      return pipeline.runs();
    };
    const once = await story(1);
    expect(once).toHaveLength(24);
    expect(await story(120)).toEqual(once);
    expect(await story(1)).toEqual(once);
  });

  test("runs two months of a daily schedule in a few seconds", async () => {
    const pipeline = createTestPipeline({ schedules: [schedule(cron("0 4 * * *"), jobOf("daily"), 1)] });
    const begin = performance.now();
    await pipeline.advance("60 days");
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(pipeline.runs({ state: "succeeded" }).length).toBeGreaterThan(29);
  });

  test("refuses to be called twice at a time, or by a handler", async () => {
    const job = jobOf("curious", () => pipeline.advance("1 second"));
    const pipeline = createTestPipeline({ jobs: [job] });
    const { id } = await pipeline.enqueue(job, 1);
    const moving = pipeline.advance("1 minute");
    await expect(pipeline.advance("1 minute")).rejects.toThrow(/^the clock is moving/);
    await moving;
    expect(pipeline.run(id)).toMatchObject({
      state: "dead",
      error: { message: expect.stringMatching(/^the clock is moving/) },
    });
    await expect(pipeline.sleep("1 second")).rejects.toThrow("sleep is for handlers");
  });

  test("refuses what is no duration", async () => {
    await expect(createTestPipeline().advance("soon" as never)).rejects.toThrow(
      /^advance: expected a duration/,
    );
  });
});

describe("createTestPipeline", () => {
  test.each([
    [{ startAt: new Date("never") }, /^startAt: expected a valid Date/],
    [{ random: 1 }, /^random: expected a number from 0/],
    [{ maxRealWait: "long" as never }, /^maxRealWait: expected a duration/],
  ])("refuses %j", (options, message) => {
    expect(() => createTestPipeline(options)).toThrow(message);
  });

  test("refuses a schedule whose input its job does not take, at the first call", async () => {
    const job = defineJob({ name: "strict", input: z.object({ n: z.int() }), run: () => undefined });
    const pipeline = createTestPipeline({
      schedules: [schedule(at("2026-02-01T00:00:00Z"), job, { n: 0.5 })],
    });
    await expect(pipeline.advance("1 second")).rejects.toThrow(/input of job "strict" is not valid/);
  });

  test("names the jobs and runs that there are", async () => {
    const [known, unknown] = [jobOf("known"), jobOf("unknown")];
    const pipeline = createTestPipeline({ jobs: [known] });
    await expect(pipeline.enqueue(unknown, 1)).rejects.toThrow(
      'job: expected one of known, got "unknown"; pass it to createTestPipeline, in jobs',
    );
    expect(() => pipeline.run("known:x")).toThrow('there is no run "known:x": there are none yet');
    await pipeline.enqueue(known, 1, { key: "y" });
    expect(() => pipeline.run("known:x")).toThrow('there is no run "known:x": expected one of known:y');
    await expect(pipeline.send("slow" as never, {})).rejects.toThrow(/^lane: expected one of critical/);
  });
});
