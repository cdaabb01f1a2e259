import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { type LaneName, laneNames, laneTimeoutMs } from "../../../shared/core/lane.ts";
import { defineJob } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { endRun } from "../../../shared/pipeline/runs/end-run.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import {
  createPipeline,
  minute,
  scriptedJob,
  second,
  type TestPipeline,
} from "../support/pipeline-harness.ts";

const hour = 60 * minute;

/** There is always a message on the lane that no worker has received. */
const keepBacklog = async (world: TestPipeline, lane: LaneName) => {
  const visible = world.ports.queue.waiting(lane).filter(({ visibleAt }) => visibleAt <= world.clock.now());
  if (visible.length === 0) await world.send(lane, JSON.stringify({ v: 1, job: "filler" }));
};

const dropMessages = (world: TestPipeline, lane: LaneName) =>
  world.ports.queue.remove(lane, world.receive(lane));

describe("a run whose worker is killed in its first attempt", () => {
  const cases = laneNames.flatMap((lane) =>
    [false, true].flatMap((isBusy) =>
      [0.1, 1.5, 3, 5, 9.5, 13, 14.9, 22, 50].map(
        (waits) => [lane, isBusy ? "busy" : "idle", waits] as const,
      ),
    ),
  );

  test.each(cases)(
    "on lane %s, %s, after it waited %d minutes, is resent within three minutes of the end of its lease",
    async (lane, load, waits) => {
      const slow = defineJob({ name: "slow", priority: lane, timeout: "20 seconds", run: () => undefined });
      const world = createPipeline([slow]);
      await world.reconcile();
      await world.clock.advance(17 * second);
      const { id } = await enqueue(world.ports, slow);
      const start = world.clock.now();
      let leaseEnd: number | undefined;
      for (let seconds = 0; seconds < (waits + 6) * 60; seconds += 15) {
        if (load === "busy") await keepBacklog(world, lane);
        if (seconds % 60 === 0) await world.sweep();
        if (leaseEnd === undefined && world.clock.now() >= start + waits * minute) {
          leaseEnd = await killWorker(world, lane, id);
          // From now on, every message of the run is sent by the sweeper.
        }
        if (leaseEnd !== undefined && messagesOf(world, lane, id).length > 0) break;
        await world.clock.advance(15 * second);
      }
      if (leaseEnd === undefined) throw new Error("expected a lease");
      expect(messagesOf(world, lane, id).length).toBeGreaterThan(0);
      expect(world.clock.now()).toBeGreaterThanOrEqual(leaseEnd);
      expect(world.clock.now()).toBeLessThanOrEqual(leaseEnd + 3 * minute);
    },
  );

  const messagesOf = ({ ports, clock }: TestPipeline, lane: LaneName, id: string) =>
    ports.queue.waiting(lane).filter(({ body, visibleAt }) => body.includes(id) && visibleAt <= clock.now());

  /** A worker has claimed the run, and is killed before it writes the outcome. Answers the end of its lease. */
  const killWorker = async (world: TestPipeline, lane: LaneName, id: string): Promise<number> => {
    const job = defineJob({ name: "slow", priority: lane, timeout: "20 seconds", run: () => undefined });
    const { change } = world.ports.runs;
    const runs = {
      ...world.ports.runs,
      change: async (changes: Parameters<typeof change>[0]) =>
        changes.some(({ set }) => set.state !== undefined)
          ? new Promise<never>(() => undefined)
          : change(changes),
    };
    let all = world.receive(lane);
    for (let more = all; more.length > 0; all = [...all, ...more]) more = world.receive(lane);
    const deliveries = all.filter(({ body }) => body.includes(id));
    const worker = {
      lane,
      metricsCounter: createMetricsCounter(),
      deadlineAt: world.clock.now() + laneTimeoutMs(lane),
    };
    void processBatch(
      { ...world.ports, runs },
      { ...worker, registry: defineRegistry([job]) },
      deliveries.slice(0, 1),
    );
    // Duplicates that were sent while the run waited are with other workers, whose claims are refused.
    world.ports.queue.remove(lane, deliveries.slice(1));
    await world.clock.advance(100);
    const run = world.run(id);
    if (run?.state !== "running") throw new Error(`expected a claimed run, got one that is ${run?.state}`);
    return run.availableAt;
  };
});

describe("a backlog", () => {
  test("costs few writes per watched run, and fewer the longer it waits", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    await world.reconcile();
    const ids: string[] = [];
    for (let i = 0; i < 200; i++) ids.push((await enqueue(world.ports, scripted, {}, { key: `k${i}` })).id);
    const writes = new Map<string, number>();
    const { change } = world.ports.runs;
    const runs: { change: typeof change } = world.ports.runs;
    runs.change = async (changes) => {
      for (const { id } of changes) writes.set(id, (writes.get(id) ?? 0) + 1);
      return await change(changes);
    };
    for (let minutes = 0; minutes < 2 * 60; minutes++) {
      await world.sweep();
      await world.clock.advance(minute);
    }
    const most = Math.max(...ids.map((id) => writes.get(id) ?? 0));
    // Watched at 15 minutes, postponed by 15 and by 30, then sent again at 5, 10, 20 and 40.
    expect(most).toBeLessThanOrEqual(8);
    expect(ids.filter((id) => world.run(id)?.timerKey === undefined)).toEqual([]);
  });

  test("limits the resends of a lane to a tenth of its claims, and at least ten", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    await world.reconcile();
    for (let i = 0; i < 50; i++) await enqueue(world.ports, scripted, {}, { key: `k${i}` });
    await world.clock.advance(16 * minute);
    await world.sweep();
    expect(world.ports.queue.waiting("normal")).toHaveLength(50 + 10);
  });

  test("does not count runs that lost their worker against the resends of the lane", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    await world.reconcile();
    const now = world.clock.now();
    for (let i = 0; i < 40; i++) {
      const { id } = await enqueue(world.ports, scripted, {}, { key: `k${i}` });
      await world.ports.runs.claim([{ id, generation: 1, token: "t", now, leaseUntil: now + 30 * second }]);
    }
    await world.clock.advance(3 * minute);
    await world.sweep();
    expect(world.ports.queue.waiting("normal")).toHaveLength(40 + 40);
  });
});

describe("a sweep", () => {
  const other = defineJob({ name: "other", priority: "high", input: z.object({}), run: () => undefined });

  const createLost = async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted, other]);
    await world.reconcile();
    const normal = await enqueue(world.ports, scripted, {}, { key: "k" });
    const high = await enqueue(world.ports, other, {}, { key: "k" });
    dropMessages(world, "normal");
    dropMessages(world, "high");
    await world.clock.advance(16 * minute);
    return { world, normal: normal.id, high: high.id };
  };

  test("handles all lanes when the depth of one cannot be read, with few resends on that lane", async () => {
    const { world } = await createLost();
    for (let i = 0; i < 30; i++) await enqueue(world.ports, other, {}, { key: `more${i}` });
    dropMessages(world, "high");
    while (world.ports.queue.waiting("high").some(({ visibleAt }) => visibleAt <= world.clock.now()))
      dropMessages(world, "high");
    await world.clock.advance(16 * minute);
    const { depth } = world.ports.queue;
    const queue: { depth: typeof depth } = world.ports.queue;
    queue.depth = async (lane) => {
      if (lane === "high") throw new Error("RequestThrottled");
      return await depth(lane);
    };
    expect(await world.sweep()).toMatchObject({ resent: 1 + 10 });
    expect(world.ports.queue.waiting("normal")).toHaveLength(1);
    expect(world.ports.queue.waiting("high")).toHaveLength(10);
  });

  test("handles the other jobs when the runs of one cannot be read, and fails", async () => {
    const { world, normal, high } = await createLost();
    const { list } = world.ports.runs;
    const runs: { list: typeof list } = world.ports.runs;
    runs.list = async (query) => {
      if (query.job === "scripted") throw new Error("ProvisionedThroughputExceededException");
      return await list(query);
    };
    await expect(world.sweep()).rejects.toThrow(/parts of the sweep/);
    expect(world.run(high)?.resendCount).toBe(1);
    expect(world.run(normal)?.timerKey).toBeUndefined();
    runs.list = list;
    await world.clock.advance(minute);
    await world.sweep();
    expect(world.run(normal)?.resendCount).toBe(1);
  });

  test("does its work when the metrics of the last minute cannot be read", async () => {
    const { world, normal } = await createLost();
    const { read } = world.ports.metrics;
    const metrics: { read: typeof read } = world.ports.metrics;
    metrics.read = async () => {
      throw new Error("ThrottlingException");
    };
    await world.sweep();
    expect(world.run(normal)?.resendCount).toBe(1);
  });
});

test("runs a redriven run that had expired before an attempt", async () => {
  const { scripted, started } = scriptedJob();
  const world = createPipeline([scripted]);
  const { id } = await enqueue(world.ports, scripted, {}, { key: "k", expiresIn: "1 hour" });
  dropMessages(world, "normal");
  const run = world.run(id);
  if (!run) throw new Error("expected a run");
  await endRun(world.ports, run, { verdict: { kind: "dead", reason: "given up" }, endedBy: "sweeper" });
  const [deadLetter] = await world.ports.queue.receiveDeadLetters("normal", 1);
  if (!deadLetter) throw new Error("expected a dead letter");
  await world.clock.advance(5 * hour);
  await world.send("normal", deadLetter.body);
  await world.live(minute);
  expect(started).toHaveLength(1);
  expect(world.run(id)).toMatchObject({ state: "succeeded", generation: 2 });
});
