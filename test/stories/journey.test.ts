import { describe, expect, test } from "@jest/globals";
import { at, defineJob, every, schedule } from "../../shared/index.ts";
import { enqueue } from "../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute, scriptedJob, second } from "../pipeline/support/pipeline-harness.ts";

const tick = defineJob({ name: "tick", run: ({ run }) => run.dueAt.toISOString() });

describe("a pipeline", () => {
  test("runs an enqueued run and keeps its result", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, { value: { answer: 42 } }, { key: "a" });
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({
      id: "scripted:a",
      state: "succeeded",
      claimCount: 1,
      result: '{"answer":42}',
    });
    expect(pipeline.ports.queue.waiting("normal")).toEqual([]);
  });

  test("retries a failing run after its backoff until it succeeds", async () => {
    const { scripted, started } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, { fail: 2 });
    await pipeline.live(10 * second);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", claimCount: 3, failedAttempts: 2 });
    expect(started.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  test("dead-letters a run that fails too often on its lane's dead-letter queue, with its reason", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, { fail: 9 });
    await pipeline.live(20 * second);
    expect(pipeline.run(id)).toMatchObject({ state: "dead", generation: 2, claimCountAtStart: 3 });
    const [deadLetter] = pipeline.ports.queue.dead("normal");
    expect(deadLetter?.reason).toBe("attempt 3 of 3 failed with Error: asked to fail attempt 3");
    expect(JSON.parse(deadLetter?.body ?? "")).toMatchObject({ id, generation: 2, death: { attempt: 3 } });
  });

  test("runs a dead letter again that is moved back to its lane, and not a second copy of it", async () => {
    const { scripted, started } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, { fatal: true });
    await pipeline.drain();
    const deadLetter = pipeline.ports.queue.dead("normal")[0]?.body ?? "";
    await pipeline.send("normal", deadLetter);
    await pipeline.send("normal", deadLetter);
    await pipeline.drain();
    expect(started).toHaveLength(2);
    expect(pipeline.run(id)).toMatchObject({ state: "dead", generation: 3 });
  });

  test("adopts a bare message under the message id of the queue", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await pipeline.send("high", '{"v":1,"job":"scripted","input":{"value":1}}');
    await pipeline.drain();
    expect(pipeline.runs()).toMatchObject([
      { id: "scripted:m1", lane: "high", state: "succeeded", result: "1" },
    ]);
  });

  test("runs a bare message once that is delivered twice", async () => {
    const { scripted, started } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await pipeline.send("high", '{"v":1,"job":"scripted","key":"same","input":{}}');
    await pipeline.send("high", '{"v":1,"job":"scripted","key":"same","input":{}}');
    await pipeline.drain();
    expect(started).toHaveLength(1);
    expect(pipeline.ports.queue.waiting("high")).toEqual([]);
  });

  test("parks a run with a delay over fifteen minutes, sends it in time and never starts it early", async () => {
    const pipeline = createPipeline([tick]);
    const due = pipeline.clock.now() + 20 * minute;
    const { id } = await enqueue(pipeline.ports, tick, undefined, { delay: "20 minutes" });
    expect(pipeline.run(id)?.state).toBe("parked");
    await pipeline.live(20 * minute - second);
    expect(pipeline.run(id)?.state).toBe("queued");
    await pipeline.live(3 * second);
    const run = pipeline.run(id);
    expect(run).toMatchObject({ state: "succeeded", startedAt: due });
    expect(run?.timerKey).toBeUndefined();
  });

  test("runs each occurrence of a schedule once, to the second", async () => {
    const pipeline = createPipeline([tick], [schedule(every("20 seconds"), tick)]);
    await pipeline.reconcile();
    const start = pipeline.clock.now();
    await pipeline.live(3 * minute);
    const started = pipeline.runs().filter(({ state }) => state === "succeeded");
    const late = started.map((run) => (run.state === "succeeded" ? run.startedAt - run.dueAt : Number.NaN));
    expect(started.map(({ dueAt }) => (dueAt - start) / second).sort((a, b) => a - b)).toEqual([
      0, 20, 40, 60, 80, 100, 120, 140, 160,
    ]);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(second);
  });

  test("runs a schedule that is due once and reads it no more", async () => {
    const pipeline = createPipeline([tick], [schedule(at("2026-01-01T00:01:30Z"), tick)]);
    await pipeline.reconcile();
    await pipeline.live(4 * minute);
    expect(pipeline.runs().map(({ id }) => id)).toEqual(["tick:tick@2026-01-01T00:01:30Z"]);
    expect((await pipeline.ports.schedules.all())[0]?.nextFireAt).toBeUndefined();
  });

  test("stops occurrences that were sent before their schedule was deleted", async () => {
    const pipeline = createPipeline([tick], [schedule(every("30 seconds"), tick)]);
    await pipeline.reconcile();
    await pipeline.clock.advance(second);
    await pipeline.tick();
    await pipeline.deploy([tick], []);
    await pipeline.live(2 * minute);
    expect(new Set(pipeline.runs().map(({ state }) => state))).toEqual(new Set(["cancelled"]));
  });
});
