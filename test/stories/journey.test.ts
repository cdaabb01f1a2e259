import { describe, expect, test } from "@jest/globals";
import { at, defineJob, every, schedule } from "../../shared/index.ts";
import { enqueue } from "../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute, scriptedJob, second } from "../pipeline/support/pipeline-harness.ts";

const tick = defineJob({ name: "tick", run: ({ run }) => run.dueAt.toISOString() });

describe("a pipeline", () => {
  test("runs an enqueued run and keeps its result", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    const { id } = await enqueue(world.ports, scripted, { value: { answer: 42 } }, { key: "a" });
    await world.drain();
    expect(world.run(id)).toMatchObject({
      id: "scripted:a",
      state: "succeeded",
      claimCount: 1,
      result: '{"answer":42}',
    });
    expect(world.ports.queue.waiting("normal")).toEqual([]);
  });

  test("retries a failing run after its backoff until it succeeds", async () => {
    const { scripted, started } = scriptedJob();
    const world = createPipeline([scripted]);
    const { id } = await enqueue(world.ports, scripted, { fail: 2 });
    await world.live(10 * second);
    expect(world.run(id)).toMatchObject({ state: "succeeded", claimCount: 3, failedAttempts: 2 });
    expect(started.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  test("dead-letters a run that fails too often on its lane's dead-letter queue, with its reason", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    const { id } = await enqueue(world.ports, scripted, { fail: 9 });
    await world.live(20 * second);
    expect(world.run(id)).toMatchObject({ state: "dead", generation: 2, claimCountAtStart: 3 });
    const [deadLetter] = world.ports.queue.dead("normal");
    expect(deadLetter?.reason).toBe("attempt 3 of 3 failed with Error: asked to fail attempt 3");
    expect(JSON.parse(deadLetter?.body ?? "")).toMatchObject({ id, generation: 2, death: { attempt: 3 } });
  });

  test("runs a dead letter again that is moved back to its lane, and not a second copy of it", async () => {
    const { scripted, started } = scriptedJob();
    const world = createPipeline([scripted]);
    const { id } = await enqueue(world.ports, scripted, { fatal: true });
    await world.drain();
    const deadLetter = world.ports.queue.dead("normal")[0]?.body ?? "";
    await world.send("normal", deadLetter);
    await world.send("normal", deadLetter);
    await world.drain();
    expect(started).toHaveLength(2);
    expect(world.run(id)).toMatchObject({ state: "dead", generation: 3 });
  });

  test("adopts a bare message under the message id of the queue", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    await world.send("high", '{"v":1,"job":"scripted","input":{"value":1}}');
    await world.drain();
    expect(world.runs()).toMatchObject([
      { id: "scripted:m1", lane: "high", state: "succeeded", result: "1" },
    ]);
  });

  test("runs a bare message once that is delivered twice", async () => {
    const { scripted, started } = scriptedJob();
    const world = createPipeline([scripted]);
    await world.send("high", '{"v":1,"job":"scripted","key":"same","input":{}}');
    await world.send("high", '{"v":1,"job":"scripted","key":"same","input":{}}');
    await world.drain();
    expect(started).toHaveLength(1);
    expect(world.ports.queue.waiting("high")).toEqual([]);
  });

  test("parks a run with a delay over fifteen minutes, sends it in time and never starts it early", async () => {
    const world = createPipeline([tick]);
    const due = world.clock.now() + 20 * minute;
    const { id } = await enqueue(world.ports, tick, undefined, { delay: "20 minutes" });
    expect(world.run(id)?.state).toBe("parked");
    await world.live(20 * minute - second);
    expect(world.run(id)?.state).toBe("queued");
    await world.live(3 * second);
    const run = world.run(id);
    expect(run).toMatchObject({ state: "succeeded", startedAt: due });
    expect(run?.timerKey).toBeUndefined();
  });

  test("runs each occurrence of a schedule once, to the second", async () => {
    const world = createPipeline([tick], [schedule(every("20 seconds"), tick)]);
    await world.reconcile();
    const start = world.clock.now();
    await world.live(3 * minute);
    const started = world.runs().filter(({ state }) => state === "succeeded");
    const late = started.map((run) => (run.state === "succeeded" ? run.startedAt - run.dueAt : Number.NaN));
    expect(started.map(({ dueAt }) => (dueAt - start) / second).sort((a, b) => a - b)).toEqual([
      0, 20, 40, 60, 80, 100, 120, 140, 160,
    ]);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(second);
  });

  test("runs a schedule that is due once and reads it no more", async () => {
    const world = createPipeline([tick], [schedule(at("2026-01-01T00:01:30Z"), tick)]);
    await world.reconcile();
    await world.live(4 * minute);
    expect(world.runs().map(({ id }) => id)).toEqual(["tick:tick@2026-01-01T00:01:30Z"]);
    expect((await world.ports.schedules.all())[0]?.nextFireAt).toBeUndefined();
  });

  test("stops occurrences that were sent before their schedule was deleted", async () => {
    const world = createPipeline([tick], [schedule(every("30 seconds"), tick)]);
    await world.reconcile();
    await world.clock.advance(second);
    await world.tick();
    await world.deploy([tick], []);
    await world.live(2 * minute);
    expect(new Set(world.runs().map(({ state }) => state))).toEqual(new Set(["cancelled"]));
  });
});
