import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { createRedactor } from "../../../shared/core/redact.ts";
import { historyOf } from "../../../shared/core/runs/history.ts";
import { crashesOf } from "../../../shared/core/runs/run.ts";
import { defineJob, FatalError } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute, second, type TestPipeline } from "../support/pipeline-harness.ts";

const flaky = defineJob({
  name: "flaky",
  input: z.object({ failures: z.number(), fatal: z.boolean().default(false) }),
  retry: { attempts: 5, base: "2 seconds" },
  run: ({ input, run }) => {
    if (run.attempt > input.failures) return "done";
    const cause = new Error("connect ECONNREFUSED 127.0.0.1:9");
    throw input.fatal ? new FatalError("no use", { cause }) : new TypeError("fetch failed", { cause });
  },
});

const slow = defineJob({
  name: "slow",
  timeout: "10 seconds",
  retry: { attempts: 2, base: "2 seconds" },
  run: ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
});

const history = async (pipeline: TestPipeline, id: string) => {
  const run = pipeline.run(id);
  if (!run) throw new Error(`there is no run "${id}"`);
  return historyOf(run, await pipeline.ports.attempts.list(id));
};

const outcomes = async (pipeline: TestPipeline, id: string) =>
  (await history(pipeline, id)).map(({ outcome }) => outcome);

const failedLines = ({ lines }: TestPipeline) => lines.filter(({ message }) => message === "attempt failed");

describe("the attempts of a run", () => {
  test("are recorded when they fail, with time, worker, error, stack and cause", async () => {
    const pipeline = createPipeline([flaky]);
    const from = pipeline.clock.now();
    const { id } = await enqueue(pipeline.ports, flaky, { failures: 2 });
    await pipeline.live(minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded" });
    const [first, second, third, ...more] = await history(pipeline, id);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      number: 1,
      generation: 1,
      outcome: "failed",
      startedAt: from,
      error: {
        name: "TypeError",
        message: "fetch failed",
        stack: expect.stringMatching(/^at .*test\/pipeline\/runs\/attempts\.test\.ts:\d+/),
        causes: [expect.objectContaining({ name: "Error", message: "connect ECONNREFUSED 127.0.0.1:9" })],
      },
    });
    expect(first?.endedAt).toBeGreaterThanOrEqual(first?.startedAt ?? Number.NaN);
    expect([second?.outcome, third?.outcome]).toEqual(["failed", "succeeded"]);
  });

  test("cost no write when the first attempt succeeds", async () => {
    const pipeline = createPipeline([flaky]);
    const { id } = await enqueue(pipeline.ports, flaky, { failures: 0 });
    await pipeline.drain();
    expect(await pipeline.ports.attempts.list(id)).toEqual([]);
    expect(await outcomes(pipeline, id)).toEqual(["succeeded"]);
  });

  test("that fail together are recorded in one request", async () => {
    const pipeline = createPipeline([flaky]);
    const { attempts } = pipeline.ports;
    const sizes: number[] = [];
    const { record } = attempts;
    Object.assign(attempts, {
      record: (entries: Parameters<typeof record>[0]) => {
        sizes.push(entries.length);
        return record(entries);
      },
    });
    for (let i = 0; i < 10; i++) await enqueue(pipeline.ports, flaky, { failures: 1 }, { key: `${i}` });
    await pipeline.deliver("normal");
    expect(sizes).toEqual([10]);
  });

  test("name the cause in the row, in the reason of a death and in the dead letter, and their stack in the log", async () => {
    const pipeline = createPipeline([flaky]);
    const { id } = await enqueue(pipeline.ports, flaky, { failures: 9, fatal: true });
    await pipeline.drain();
    const what = "no use (cause: connect ECONNREFUSED 127.0.0.1:9)";
    expect(pipeline.run(id)).toMatchObject({
      state: "dead",
      reason: what,
      error: { name: "FatalError", message: what },
    });
    expect(pipeline.ports.queue.dead("normal")[0]).toMatchObject({ reason: what });
    expect(JSON.parse(pipeline.ports.queue.dead("normal")[0]?.body ?? "")).toMatchObject({
      death: { reason: what, error: { name: "FatalError", message: what } },
    });
    expect(failedLines(pipeline)).toEqual([
      {
        level: "error",
        message: "attempt failed",
        facts: expect.objectContaining({
          run: id,
          job: "flaky",
          attempt: 1,
          error: expect.objectContaining({
            stack: expect.stringContaining("attempts.test.ts:"),
            causes: expect.any(Array),
          }),
        }),
      },
    ]);
  });

  test("are recorded when they time out", async () => {
    const pipeline = createPipeline([slow]);
    const { id } = await enqueue(pipeline.ports, slow);
    await pipeline.live(2 * minute);
    const all = await history(pipeline, id);
    expect(all.map(({ outcome }) => outcome)).toEqual(["timed-out", "timed-out"]);
    expect(all[0]).toMatchObject({
      error: { name: "TimeoutError", message: "the attempt took longer than its 10000 ms" },
    });
    expect((all[0]?.endedAt ?? 0) - (all[0]?.startedAt ?? 0)).toBeGreaterThanOrEqual(10 * second);
  });

  test("continue to be counted after a redrive", async () => {
    const pipeline = createPipeline([flaky]);
    const { id } = await enqueue(pipeline.ports, flaky, { failures: 1, fatal: true });
    await pipeline.drain();
    const [deadLetter] = pipeline.ports.queue.dead("normal");
    await pipeline.send("normal", deadLetter?.body ?? "");
    await pipeline.drain();
    const all = await history(pipeline, id);
    expect(all.map(({ number, generation, outcome }) => [number, generation, outcome])).toEqual([
      [1, 1, "failed"],
      [2, 2, "failed"],
    ]);
  });

  test("show lost workers, and count kills as the row does", async () => {
    const pipeline = createPipeline([flaky]);
    const { id } = await enqueue(pipeline.ports, flaky, { failures: 0 });
    const lose = async () => {
      const run = pipeline.run(id);
      if (!run) throw new Error("there is no run");
      const now = pipeline.clock.now();
      await pipeline.ports.runs.claim([
        { id, generation: 1, token: `lost-${now}`, now, leaseUntil: now + second, worker: `w-${now}` },
      ]);
      await pipeline.clock.advance(2 * second);
    };
    await lose();
    await lose();
    await pipeline.live(20 * minute);
    const run = pipeline.run(id);
    expect(run?.state).toBe("succeeded");
    const all = await outcomes(pipeline, id);
    expect(all.slice(0, 2)).toEqual(["lost", "lost"]);
    expect(all.at(-1)).toBe("succeeded");
    expect(run && crashesOf(run)).toBe(all.filter((outcome) => outcome === "killed").length);
  });

  test.each([
    ["fails", async () => Promise.reject(new Error("ThrottlingException"))],
    ["does not answer", () => new Promise<never>(() => undefined)],
  ])("are settled all the same when the store of records %s", async (_, record) => {
    const pipeline = createPipeline([flaky]);
    Object.assign(pipeline.ports.attempts, { record });
    const { id } = await enqueue(pipeline.ports, flaky, { failures: 1 });
    await pipeline.live(minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", failedAttempts: 1, claimCount: 2 });
    expect(pipeline.lines.some(({ message }) => message === "attempt not recorded")).toBe(true);
  });

  test("contain no secret, wherever they are stored", async () => {
    const leaky = defineJob({
      name: "leaky",
      input: z.object({ password: z.string() }),
      retry: { attempts: 1 },
      run: ({ log }) => {
        log.warn("calling with open sesame", { token: "t0k3n" });
        throw new Error("refused: open sesame", { cause: new Error("postgres://app:hunter2@db/x") });
      },
    });
    const pipeline = createPipeline([leaky]);
    Object.assign(pipeline.ports, { redact: createRedactor(["open sesame"]).redact });
    const { id } = await enqueue(pipeline.ports, leaky, { password: "pa55word" });
    await pipeline.drain();
    const { input: _, ...row } = pipeline.run(id) ?? {};
    const kept = [
      row,
      await pipeline.ports.attempts.list(id),
      failedLines(pipeline),
      pipeline.ports.queue.dead("normal")[0]?.reason,
    ];
    expect(JSON.stringify(kept)).toContain("refused: [redacted]");
    expect(JSON.stringify(kept)).not.toMatch(/sesame|hunter2|t0k3n|pa55word/);
  });
});

describe("what a handler logs", () => {
  test("keeps an Error with its stack, renames facts that clash with ours, and never throws", async () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const chatty = defineJob({
      name: "chatty",
      run: ({ log }) => {
        log.error("as the facts", new Error("lost?"));
        log.info("under our names", { run: 7, message: "m", count: 10n, circular });
        log.debug("a list", [1, 2]);
      },
    });
    const pipeline = createPipeline([chatty]);
    const { id } = await enqueue(pipeline.ports, chatty);
    await pipeline.drain();
    const own = { run: id, job: "chatty", attempt: 1 };
    const factsOf = (wanted: string) => pipeline.lines.find(({ message }) => message === wanted)?.facts;
    expect(factsOf("as the facts")).toMatchObject({
      ...own,
      error: { message: "lost?", stack: expect.stringContaining("attempts.test") },
    });
    expect(factsOf("under our names")).toEqual({
      ...own,
      count: "10",
      circular: { self: "[circular]" },
      facts: { run: 7, message: "m" },
    });
    expect(factsOf("a list")).toEqual({ ...own, facts: [1, 2] });
  });
});
