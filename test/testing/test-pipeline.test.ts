import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { jobRef } from "../../shared/core/jobs/job-ref.ts";
import { cron, defineJob, every, FatalError, type JobContext, schedule } from "../../shared/index.ts";
import { createTestPipeline } from "../../shared/testing/index.ts";

/** A job whose handler is given. */
const jobOf = (name: string, run: (context: JobContext<unknown>) => unknown = () => undefined) =>
  defineJob({ name, input: z.unknown(), retry: { attempts: 3, base: "1 minute" }, run });

const startAt = new Date("2026-03-01T09:00:00Z");

describe("createTestPipeline", () => {
  test("runs what is enqueued, once time moves", async () => {
    const grind = jobOf("grind", ({ input }) => ({ ground: input }));
    const pipeline = createTestPipeline({ jobs: [grind], startAt });
    const { id } = await pipeline.enqueue(grind, { sacks: 2 }, { key: "a", tags: ["rye"] });
    expect(pipeline.run(id)).toMatchObject({ state: "queued", attempts: 0 });
    await pipeline.advance("0 seconds");
    expect(pipeline.run(id)).toStrictEqual({
      id: "grind:a",
      job: "grind",
      state: "succeeded",
      lane: "normal",
      input: { sacks: 2 },
      result: { ground: { sacks: 2 } },
      attempts: 1,
      tags: ["rye"],
      createdAt: startAt,
      dueAt: startAt,
      startedAt: startAt,
      endedAt: startAt,
    });
    expect(pipeline.now()).toEqual(startAt);
  });

  test("retries with backoff as time passes, until the run is dead", async () => {
    const attemptsAt: Date[] = [];
    const pipeline = createTestPipeline({
      startAt,
      jobs: [
        jobOf("broken", () => {
          attemptsAt.push(pipeline.now());
          throw new Error("no luck");
        }),
      ],
    });
    const { id } = await pipeline.enqueue(jobRef<ReturnType<typeof jobOf>>("broken"), { order: 17 });
    await pipeline.advance("1 second");
    expect(pipeline.run(id)).toMatchObject({
      state: "retry",
      attempts: 1,
      error: { name: "Error", message: "no luck" },
      nextAttemptAt: new Date("2026-03-01T09:00:30Z"),
    });
    await pipeline.advance("10 minutes");
    expect(attemptsAt.map((at) => Number(at) - Number(startAt))).toEqual([0, 30_000, 90_000]);
    expect(pipeline.run(id)).toMatchObject({
      state: "dead",
      attempts: 3,
      reason: expect.stringContaining("no luck"),
    });
    expect(pipeline.deadLetters()).toMatchObject([
      {
        lane: "normal",
        run: id,
        reason: expect.stringContaining("no luck"),
        body: { job: "broken", input: { order: 17 } },
      },
    ]);
  });

  test("sleeps 30 days in less than a second", async () => {
    const remind = jobOf("remind", ({ run }) => run.dueAt);
    const pipeline = createTestPipeline({ jobs: [remind], startAt });
    const begin = performance.now();
    const { id } = await pipeline.enqueue(remind, {}, { delay: "30 days" });
    await pipeline.advance("29 days");
    expect(pipeline.run(id).state).toBe("parked");
    await pipeline.advance("1 day");
    expect(pipeline.run(id)).toMatchObject({
      state: "succeeded",
      startedAt: new Date("2026-03-31T09:00:00Z"),
      result: "2026-03-31T09:00:00.000Z",
    });
    expect(performance.now() - begin).toBeLessThan(1_000);
  });

  test("runs a schedule on local time across a change of the clocks", async () => {
    const report = jobOf("report");
    const pipeline = createTestPipeline({
      schedules: [schedule(cron("30 2 * * *", "Europe/Madrid"), report, { to: "all" })],
      startAt: new Date("2026-03-27T12:00:00Z"),
    });
    await pipeline.advance("3 days");
    const runs = pipeline.runs({ job: report });
    expect(runs.map(({ dueAt, state }) => [dueAt.toISOString(), state])).toEqual([
      ["2026-03-28T01:30:00.000Z", "succeeded"],
      // 02:30 does not exist on the 29th: the clocks go from 02:00 to 03:00.
      ["2026-03-29T01:00:00.000Z", "succeeded"],
      ["2026-03-30T00:30:00.000Z", "succeeded"],
    ]);
    expect(runs[0]).toMatchObject({ schedule: "report", input: { to: "all" }, startedAt: runs[0]?.dueAt });
  });

  test("lists what was enqueued, by whom, once for all attempts", async () => {
    const child = jobOf("child");
    const parent = jobOf("parent", async ({ enqueue, run }) => {
      await enqueue(child, { n: 1 });
      await enqueue(child, { n: 2 }, { delay: "1 hour" });
      if (run.attempt === 1) throw new Error("half done");
    });
    const pipeline = createTestPipeline({ jobs: [parent, child], startAt });
    const { id } = await pipeline.enqueue(parent, { order: 17 }, { priority: "high" });
    await pipeline.advance("2 hours");
    expect(pipeline.enqueued()).toEqual([
      { job: "parent", input: { order: 17 }, options: { priority: "high" }, id, by: "test", at: startAt },
      { job: "child", input: { n: 1 }, options: {}, id: expect.any(String), by: id, at: startAt },
      {
        job: "child",
        input: { n: 2 },
        options: { delay: "1 hour" },
        id: expect.any(String),
        by: id,
        at: startAt,
      },
    ]);
    expect(pipeline.enqueued({ job: child })).toHaveLength(2);
    expect(pipeline.runs({ job: child }).map(({ state }) => state)).toEqual(["succeeded", "succeeded"]);
  });

  test("has dead letters of runs and of messages that were refused", async () => {
    const doomed = jobOf("doomed", () => {
      throw new FatalError("the wheel broke");
    });
    const pipeline = createTestPipeline({ jobs: [doomed] });
    await pipeline.enqueue(doomed, 1, { key: "a" });
    await pipeline.send("high", { v: 1, job: "doomed", kind: "odd" });
    await pipeline.send("low", "no JSON");
    await pipeline.advance("1 minute");
    expect(pipeline.deadLetters()).toMatchObject([
      { lane: "high", reason: expect.stringContaining("kind"), body: { job: "doomed" } },
      { lane: "normal", run: "doomed:a", reason: expect.stringContaining("the wheel broke") },
      { lane: "low", reason: expect.any(String), body: "no JSON" },
    ]);
  });

  test("runs a bare message", async () => {
    const grind = jobOf("grind", ({ input }) => input);
    const pipeline = createTestPipeline({ jobs: [grind] });
    await pipeline.send("critical", { v: 1, job: "grind", key: "k", input: { sacks: 3 } });
    await pipeline.advance("1 second");
    expect(pipeline.run("grind:k")).toMatchObject({
      state: "succeeded",
      lane: "critical",
      result: { sacks: 3 },
    });
  });

  test("takes the jobs and schedules that a module exports", async () => {
    const [a, b] = [jobOf("a"), jobOf("b")];
    const hourly = schedule(every("1 hour"), b, 1);
    const pipeline = createTestPipeline({ from: { a, many: [b], schedules: [hourly] }, jobs: [a] });
    await pipeline.enqueue(a, 1);
    await pipeline.advance("1 hour");
    expect(pipeline.runs().map(({ job, state }) => `${job} ${state}`)).toEqual([
      "a succeeded",
      "b succeeded",
    ]);
    expect(() => createTestPipeline({ from: { a, limit: 3 } })).toThrow(
      /^from: limit: expected a job made by/,
    );
    expect(() => createTestPipeline({ jobs: [a, jobOf("a")] })).toThrow(
      /^job "a": expected each job name once/,
    );
  });

  test("finds runs by job, state and schedule", async () => {
    const [a, b] = [jobOf("a"), jobOf("b")];
    const pipeline = createTestPipeline({ jobs: [a, b], schedules: [schedule(every("1 hour"), b, 1)] });
    await pipeline.enqueue(a, 1, { delay: "1 day" });
    await pipeline.enqueue(b, 2);
    await pipeline.advance("1 hour");
    expect(pipeline.runs({ job: a })).toMatchObject([{ state: "parked" }]);
    expect(pipeline.runs({ job: b, state: "succeeded" })).toHaveLength(2);
    expect(pipeline.runs({ schedule: "b" })).toHaveLength(1);
  });
});
