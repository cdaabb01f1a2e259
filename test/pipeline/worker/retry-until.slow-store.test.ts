import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import type { Change } from "../../../shared/core/runs/change.ts";
import { defineJob, every, schedule } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import { at } from "../support/operations-harness.ts";
import { createPipeline, minute, second, type TestPipeline } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

/** A job that counts its starts. */
const counting = (more: { readonly timeout?: "1 second" | "30 seconds"; readonly result?: string } = {}) => {
  const starts: string[] = [];
  const job = defineJob({
    name: "pay",
    timeout: more.timeout ?? "30 seconds",
    run: ({ run }) => {
      starts.push(run.id);
      return more.result ?? "paid";
    },
  });
  return { job, starts };
};

const replaceRuns = (pipeline: TestPipeline, more: Partial<Ports["runs"]>): void =>
  void Object.assign(pipeline.ports.runs, more);

/** Throttle settles: the store answers that nothing was changed, with the row as it is. */
const throttleSettles = (
  pipeline: TestPipeline,
  isMeant: (change: Change) => boolean,
  times: number,
): void => {
  const { change, read } = pipeline.ports.runs;
  let left = times;
  replaceRuns(pipeline, {
    change: async (changes) => {
      if (!changes.some(isMeant) || left-- <= 0) return await change(changes);
      const rows = await read(changes.map(({ id }) => id));
      return changes.map(({ id }) => ({ changed: false, now: rows.get(id) }));
    },
  });
};

describe("a claim whose reply is lost", () => {
  test.each([
    ["30 seconds", 1],
    ["30 seconds", 2],
    ["30 seconds", 5],
    ["1 second", 5],
  ] as const)(
    "does not count as a crash of a run with a timeout of %s, in an outage of %d minutes",
    async (timeout, minutes) => {
      const { job, starts } = counting({ timeout });
      const pipeline = createPipeline([job]);
      const { ports, clock } = pipeline;
      const ids = await Promise.all(
        ["a", "b", "c"].map(async (key) => (await enqueue(ports, job, undefined, { key })).id),
      );
      const until = clock.now() + minutes * minute;
      const { claim, read } = ports.runs;
      const slow = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
        const given = await answer;
        if (clock.now() >= until) return given;
        await clock.sleep(9 * second);
        throw new Error("TimeoutError: socket hang up");
      };
      replaceRuns(pipeline, { claim: (claims) => slow(claim(claims)), read: (ids) => slow(read(ids)) });
      while (clock.now() < until) {
        for (const lane of ["normal"] as const) void pipeline.start(lane);
        await clock.advance(second);
      }
      await pipeline.live(90 * minute);
      expect(ids.map((id) => pipeline.run(id)?.state)).toEqual(["succeeded", "succeeded", "succeeded"]);
      expect(starts.toSorted()).toEqual(ids.toSorted());
    },
  );

  test("is recognised by its token when the row can be read, and the handler starts", async () => {
    const { job, starts } = counting();
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    const { claim } = pipeline.ports.runs;
    replaceRuns(pipeline, {
      claim: async (claims) => {
        replaceRuns(pipeline, { claim });
        await claim(claims);
        throw new Error("socket hang up");
      },
    });
    await pipeline.drain();
    expect(starts).toEqual([id]);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", claimCount: 1 });
  });

  test("of a message without a row is recognised by its token", async () => {
    const { job, starts } = counting();
    const pipeline = createPipeline([job]);
    const { create } = pipeline.ports.runs;
    replaceRuns(pipeline, {
      create: async (runs) => {
        replaceRuns(pipeline, { create });
        await create(runs);
        throw new Error("socket hang up");
      },
    });
    await pipeline.send("normal", JSON.stringify({ v: 1, job: "pay", key: "k" }));
    await pipeline.drain();
    expect(starts).toEqual(["pay:k"]);
    expect(pipeline.run("pay:k")).toMatchObject({ state: "succeeded", claimCount: 1 });
  });
});

describe("a finished attempt whose outcome is not written at once", () => {
  test.each([1, 3, 12])("is not repeated when %d writes are throttled", async (times) => {
    const { job, starts } = counting();
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    throttleSettles(pipeline, ({ set }) => set.state === "succeeded", times);
    await pipeline.live(10 * minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", claimCount: 1 });
    expect(starts).toHaveLength(1);
    expect(pipeline.lines.filter(({ message }) => message.startsWith("settle rejected"))).toEqual([]);
  });

  test("is not repeated when requests and reads fail as a whole for 20 seconds", async () => {
    const { job, starts } = counting();
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    const { change, read } = pipeline.ports.runs;
    const until = pipeline.clock.now() + 20 * second;
    const failing =
      <Args extends readonly unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) =>
      async (...args: Args): Promise<Answer> => {
        if (pipeline.clock.now() < until) throw new Error("socket hang up");
        return await ask(...args);
      };
    replaceRuns(pipeline, { change: failing(change), read: failing(read) });
    await pipeline.live(5 * minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", claimCount: 1 });
    expect(starts).toHaveLength(1);
  });

  test("leaves the run to its new owner, once the row has another token", async () => {
    const { job } = counting();
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    const { change } = pipeline.ports.runs;
    replaceRuns(pipeline, {
      change: async () => {
        replaceRuns(pipeline, { change });
        pipeline.clock.jump(2 * minute);
        const now = pipeline.clock.now();
        await pipeline.ports.runs.claim([
          { id, generation: 1, token: "other", now, leaseUntil: now + minute },
        ]);
        return [{ changed: false, now: (await pipeline.ports.runs.read([id])).get(id) }];
      },
    });
    await pipeline.deliver("normal");
    expect(pipeline.run(id)).toMatchObject({ state: "running", token: "other" });
    expect(pipeline.lines).toContainEqual(
      expect.objectContaining({ message: "settle rejected: lease lost" }),
    );
  });

  test("keeps its success when its large result cannot be saved, with a note", async () => {
    const { job, starts } = counting({ result: "x".repeat(600) });
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    Object.assign(pipeline.ports.payloads, { save: () => Promise.reject(new Error("throttled")) });
    await pipeline.live(10 * minute);
    expect(starts).toHaveLength(1);
    expect(pipeline.run(id)).toMatchObject({
      state: "succeeded",
      resultNote: "a result of 602 bytes could not be saved: throttled",
    });
    expect(pipeline.run(id)).not.toHaveProperty("resultStored");
  });

  test("keeps its large result when a second save succeeds", async () => {
    const { job } = counting({ result: "x".repeat(600) });
    const pipeline = createPipeline([job]);
    const { id } = await enqueue(pipeline.ports, job);
    const { save } = pipeline.ports.payloads;
    Object.assign(pipeline.ports.payloads, {
      save: () => {
        Object.assign(pipeline.ports.payloads, { save });
        return Promise.reject(new Error("throttled"));
      },
    });
    await pipeline.live(minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", resultStored: true });
  });

  test("keeps its success when the large input of its schedule cannot be saved", async () => {
    const seen: number[] = [];
    const job = defineJob({
      name: "large",
      input: z.object({ text: z.string() }),
      run: ({ input }) => void seen.push(input.text.length),
    });
    const pipeline = createPipeline([job], [schedule(every("1 hour"), job, { text: "x".repeat(700) })]);
    await pipeline.reconcile();
    await pipeline.tick();
    Object.assign(pipeline.ports.payloads, { save: () => Promise.reject(new Error("throttled")) });
    await pipeline.drain();
    expect(seen).toEqual([700]);
    expect(pipeline.runs()[0]).toMatchObject({ state: "succeeded", claimCount: 1 });
  });

  test("is not repeated when its schedule is paused before the outcome is written", async () => {
    const { job, ran } = recordingJob("bill");
    const { pipeline, ask, history } = await deployPipeline([job]);
    await ask("schedules.create", { name: "often", job: "bill", rule: "every 10 minutes", input: {} });
    const { change } = pipeline.ports.runs;
    // Its worker is killed before it can write the outcome.
    replaceRuns(pipeline, { change: () => new Promise(() => undefined) });
    await pipeline.tick();
    void pipeline.start("normal");
    await pipeline.clock.advance(second);
    replaceRuns(pipeline, { change });
    expect(ran).toEqual(["01T00:00:00Z"]);
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await pipeline.live(35 * minute);
    const id = `bill:often@${at("00:00:00").replace(".000Z", "Z")}`;
    expect(pipeline.run(id)).toMatchObject({
      state: "cancelled",
      reason: "paused: storm; an earlier attempt may have started",
    });
    expect((await history("often"))[0]).toMatch(/^00:00:00 fired/);
    await ask("schedules.resume", { name: "often" });
    await ask("schedules.backfill", { name: "often", from: at("00:00:00"), until: at("00:01:00") });
    await pipeline.live(minute);
    expect(ran.filter((time) => time === "01T00:00:00Z")).toHaveLength(1);
  });
});

test("does not count a recorded start as a crash whose reply was lost and whose attempt was deferred", async () => {
  const { job, starts } = counting();
  const pipeline = createPipeline([job]);
  const { id } = await enqueue(pipeline.ports, job);
  const now = pipeline.clock.now();
  await pipeline.ports.runs.claim([{ id, generation: 1, token: "lost", now, leaseUntil: now + second }]);
  await pipeline.clock.advance(2 * second);
  const { change } = pipeline.ports.runs;
  replaceRuns(pipeline, {
    change: async (changes) => {
      if (!changes.some(({ set }) => set.recordedStart)) return await change(changes);
      replaceRuns(pipeline, { change });
      await change(changes);
      throw new Error("socket hang up");
    },
  });
  await pipeline.live(2 * minute);
  expect(starts).toHaveLength(1);
  expect(pipeline.run(id)).toMatchObject({ state: "succeeded", crashes: 0 });
});
