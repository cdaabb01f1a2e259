import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../../shared/core/jobs/registry.ts";
import { maxCrashes } from "../../../../shared/core/runs/run.ts";
import { at, defineJob, every, schedule } from "../../../../shared/index.ts";
import { reconcile } from "../../../../shared/pipeline/dispatcher/reconcile.ts";
import { dispatch } from "../../../../shared/pipeline/dispatcher/tick.ts";
import { enqueue } from "../../../../shared/pipeline/enqueue/enqueue.ts";
import { createMetricsCounter } from "../../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../../shared/pipeline/worker/process-batch.ts";
import { killablePorts } from "../../support/killable-ports.ts";
import {
  createPipeline,
  minute,
  scriptedJob,
  second,
  type TestPipeline,
} from "../../support/pipeline-harness.ts";
import { deployPipeline } from "../../support/schedule-harness.ts";

/** The worker that has a lane's messages is killed at one of its writes. */
const killWorker = async (
  pipeline: TestPipeline,
  jobs: Parameters<typeof defineRegistry>[0],
  death: { readonly call: number; readonly phase: "before" | "after" },
): Promise<boolean> => {
  const { ports, isDead } = killablePorts(pipeline.ports, death);
  const worker = {
    lane: "critical",
    registry: defineRegistry(jobs),
    metricsCounter: createMetricsCounter(),
    deadlineAt: pipeline.clock.now() + minute,
  } as const;
  void processBatch(ports, worker, pipeline.receive("critical"));
  await pipeline.clock.advance(20 * second);
  return isDead();
};

describe("a run whose lease was lost", () => {
  test.each(["45 seconds", "55 seconds"] as const)(
    "starts again on a lane that is always busy, with a timeout of %s of the lane's minute",
    async (timeout) => {
      let starts = 0;
      const long = defineJob({ name: "long", priority: "critical", timeout, run: () => void starts++ });
      const filler = defineJob({
        name: "filler",
        priority: "critical",
        run: () => pipeline.clock.sleep(3 * second),
      });
      const pipeline: TestPipeline = createPipeline([long, filler]);
      const { ports, clock } = pipeline;
      await pipeline.reconcile();
      const { id } = await enqueue(ports, long);
      expect(await killWorker(pipeline, [long, filler], { call: 1, phase: "before" })).toBe(true);
      expect(starts).toBe(1);
      const until = clock.now() + 15 * minute;
      for (let next = clock.now(); clock.now() < until; await clock.advance(500)) {
        if (clock.now() >= next) {
          await pipeline.tick();
          await pipeline.sweep();
          next += minute;
        }
        const waiting = ports.queue
          .waiting("critical")
          .filter(({ visibleAt, body }) => body.includes("filler") && visibleAt <= clock.now());
        if (waiting.length < 2) await enqueue(ports, filler);
        await pipeline.deliver("critical");
      }
      expect(pipeline.run(id)?.state).toBe("succeeded");
      const claims = pipeline.lines.filter(
        ({ facts }) => facts !== undefined && Reflect.get(facts, "run") === id,
      );
      expect(claims.length).toBeLessThan(20);
    },
  );

  test(`dies after ${maxCrashes} recorded starts without an outcome, with that reason`, async () => {
    const poison = defineJob({ name: "poison", priority: "critical", run: () => undefined });
    const pipeline = createPipeline([poison]);
    const { id } = await enqueue(pipeline.ports, poison);
    // The first lease is lost without a record; each later worker records its start and is then killed.
    for (let kill = 0; kill <= maxCrashes; kill++) {
      expect(await killWorker(pipeline, [poison], { call: kill === 0 ? 1 : 2, phase: "before" })).toBe(true);
      await pipeline.clock.advance(6 * minute);
    }
    await pipeline.live(10 * minute);
    expect(pipeline.run(id)).toMatchObject({
      state: "dead",
      reason: "its worker was killed 3 times while it ran",
      crashes: maxCrashes,
    });
  });

  test("is not charged with a crash when its later attempts have an outcome", async () => {
    let starts = 0;
    const flaky = defineJob({
      name: "flaky",
      priority: "critical",
      retry: { attempts: 4, base: "1 second" },
      run: () => {
        if (++starts < 4) throw new Error("not yet");
      },
    });
    const pipeline = createPipeline([flaky]);
    const { id } = await enqueue(pipeline.ports, flaky);
    await killWorker(pipeline, [flaky], { call: 1, phase: "before" });
    await pipeline.live(20 * minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", crashes: 0, failedAttempts: 2 });
  });
});

describe("a run of a job that this deployment does not have", () => {
  const fresh = (run: () => void) => defineJob({ name: "new-year", run });

  test("is deferred until a deployment has the job, and runs", async () => {
    let ran = 0;
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { ports, clock } = pipeline;
    await pipeline.reconcile();
    const job = fresh(() => void ran++);
    const registry = defineRegistry([scripted, job], [schedule(at("2026-01-01T00:00:30Z"), job)]);
    await reconcile(ports, registry);
    await dispatch(ports, registry, { deadlineAt: clock.now() + 55 * second });
    for (let s = 0; s < 90; s++) {
      await pipeline.drain();
      await clock.advance(second);
    }
    expect(pipeline.runs()).toMatchObject([{ state: "queued", claimCount: 0 }]);
    await pipeline.deploy([scripted, job], [...registry.schedules.values()]);
    await pipeline.live(5 * minute);
    expect(pipeline.runs()).toMatchObject([{ state: "succeeded", claimCount: 1 }]);
    expect(ran).toBe(1);
  });

  test("dies after about an hour and few claims", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(
      pipeline.ports,
      fresh(() => undefined),
    );
    await pipeline.live(50 * minute);
    expect(pipeline.run(id)?.state).not.toBe("dead");
    await pipeline.live(40 * minute);
    expect(pipeline.run(id)).toMatchObject({
      state: "dead",
      reason: 'this deployment has no job "new-year"',
      deferrals: 0,
    });
    expect(pipeline.lines.filter(({ message }) => message === "run")).toHaveLength(13);
  });
});

describe("a run on a lane that is too short for its job", () => {
  test("moves to the lane of its job within seconds", async () => {
    let ran = 0;
    const before = defineJob({ name: "export", priority: "critical", run: () => void ran++ });
    const after = defineJob({
      name: "export",
      priority: "low",
      timeout: "10 minutes",
      run: () => void ran++,
    });
    const pipeline = createPipeline([before]);
    const { id } = await enqueue(pipeline.ports, before, undefined, { delay: "1 minute" });
    await pipeline.deploy([after], []);
    await pipeline.clock.advance(minute);
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", lane: "low", claimCount: 1 });
    expect(ran).toBe(1);
  });

  test("moves there after a bare message too", async () => {
    const job = defineJob({ name: "export", priority: "low", timeout: "10 minutes", run: () => 1 });
    const pipeline = createPipeline([job]);
    await pipeline.send("critical", JSON.stringify({ v: 1, job: "export", key: "k" }));
    await pipeline.drain();
    expect(pipeline.run("export:k")).toMatchObject({ state: "succeeded", lane: "low" });
    expect(pipeline.ports.queue.waiting("critical")).toEqual([]);
  });

  test("moves there when a runtime schedule still names the old lane", async () => {
    let ran = 0;
    const before = defineJob({ name: "export", run: () => void ran++ });
    const after = defineJob({
      name: "export",
      priority: "low",
      timeout: "10 minutes",
      run: () => void ran++,
    });
    const { pipeline, ask, deploy } = await deployPipeline([before]);
    await ask("schedules.create", { name: "mine", job: "export", rule: "every 5 minutes" });
    await pipeline.live(6 * minute);
    await deploy([after], []);
    const ranBefore = ran;
    await pipeline.live(16 * minute);
    expect(ran - ranBefore).toBeGreaterThanOrEqual(3);
    expect(pipeline.runs().filter(({ state }) => state === "dead")).toEqual([]);
  });
});

test("ends a handler before its lease, also when the reads before it took long", async () => {
  const spans: { from: number; to: number }[] = [];
  const pay = defineJob({
    name: "pay",
    timeout: "4 minutes",
    run: async () => {
      const span = { from: pipeline.clock.now(), to: Number.POSITIVE_INFINITY };
      spans.push(span);
      await pipeline.clock.sleep(230 * second);
      span.to = pipeline.clock.now();
    },
  });
  const pipeline: TestPipeline = createPipeline([pay], [schedule(every("1 hour"), pay)]);
  const { ports, clock } = pipeline;
  await pipeline.reconcile();
  await pipeline.tick();
  const { read } = ports.schedules;
  Object.assign(ports.schedules, {
    read: async (names: readonly string[]) => {
      Object.assign(ports.schedules, { read });
      await clock.sleep(25 * second);
      return await read(names);
    },
  });
  for (let s = 0; s < 12 * 60; s++) {
    if (s > 0 && s % 60 === 10) await pipeline.sweep();
    void pipeline.start("normal");
    await clock.advance(second);
  }
  expect(pipeline.runs()[0]?.state).toBe("succeeded");
  expect(spans).toHaveLength(1);
});
