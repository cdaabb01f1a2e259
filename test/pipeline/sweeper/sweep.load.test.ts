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
const keepBacklog = async (pipeline: TestPipeline, lane: LaneName) => {
  const visible = pipeline.ports.queue
    .waiting(lane)
    .filter(({ visibleAt }) => visibleAt <= pipeline.clock.now());
  if (visible.length === 0) await pipeline.send(lane, JSON.stringify({ v: 1, job: "filler" }));
};

const dropMessages = (pipeline: TestPipeline, lane: LaneName) =>
  pipeline.ports.queue.remove(lane, pipeline.receive(lane));

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
      const pipeline = createPipeline([slow]);
      await pipeline.reconcile();
      await pipeline.clock.advance(17 * second);
      const { id } = await enqueue(pipeline.ports, slow);
      const start = pipeline.clock.now();
      let leaseEnd: number | undefined;
      for (let seconds = 0; seconds < (waits + 6) * 60; seconds += 15) {
        if (load === "busy") await keepBacklog(pipeline, lane);
        if (seconds % 60 === 0) await pipeline.sweep();
        if (leaseEnd === undefined && pipeline.clock.now() >= start + waits * minute) {
          leaseEnd = await killWorker(pipeline, lane, id);
          // From now on, every message of the run is sent by the sweeper.
        }
        if (leaseEnd !== undefined && messagesOf(pipeline, lane, id).length > 0) break;
        await pipeline.clock.advance(15 * second);
      }
      if (leaseEnd === undefined) throw new Error("expected a lease");
      expect(messagesOf(pipeline, lane, id).length).toBeGreaterThan(0);
      expect(pipeline.clock.now()).toBeGreaterThanOrEqual(leaseEnd);
      expect(pipeline.clock.now()).toBeLessThanOrEqual(leaseEnd + 3 * minute);
    },
  );

  const messagesOf = ({ ports, clock }: TestPipeline, lane: LaneName, id: string) =>
    ports.queue.waiting(lane).filter(({ body, visibleAt }) => body.includes(id) && visibleAt <= clock.now());

  /** A worker has claimed the run, and is killed before it writes the outcome. Answers the end of its lease. */
  const killWorker = async (pipeline: TestPipeline, lane: LaneName, id: string): Promise<number> => {
    const job = defineJob({ name: "slow", priority: lane, timeout: "20 seconds", run: () => undefined });
    const { change } = pipeline.ports.runs;
    const runs = {
      ...pipeline.ports.runs,
      change: async (changes: Parameters<typeof change>[0]) =>
        changes.some(({ set }) => set.state !== undefined)
          ? new Promise<never>(() => undefined)
          : change(changes),
    };
    let all = pipeline.receive(lane);
    for (let more = all; more.length > 0; all = [...all, ...more]) more = pipeline.receive(lane);
    const deliveries = all.filter(({ body }) => body.includes(id));
    const worker = {
      lane,
      metricsCounter: createMetricsCounter(),
      deadlineAt: pipeline.clock.now() + laneTimeoutMs(lane),
    };
    void processBatch(
      { ...pipeline.ports, runs },
      { ...worker, registry: defineRegistry([job]) },
      deliveries.slice(0, 1),
    );
    // Duplicates that were sent while the run waited are with other workers, whose claims are refused.
    pipeline.ports.queue.remove(lane, deliveries.slice(1));
    await pipeline.clock.advance(100);
    const run = pipeline.run(id);
    if (run?.state !== "running") throw new Error(`expected a claimed run, got one that is ${run?.state}`);
    return run.availableAt;
  };
});

describe("a backlog", () => {
  test("costs few writes per watched run, and fewer the longer it waits", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await pipeline.reconcile();
    const ids: string[] = [];
    for (let i = 0; i < 200; i++)
      ids.push((await enqueue(pipeline.ports, scripted, {}, { key: `k${i}` })).id);
    const writes = new Map<string, number>();
    const { change } = pipeline.ports.runs;
    const runs: { change: typeof change } = pipeline.ports.runs;
    runs.change = async (changes) => {
      for (const { id } of changes) writes.set(id, (writes.get(id) ?? 0) + 1);
      return await change(changes);
    };
    for (let minutes = 0; minutes < 2 * 60; minutes++) {
      await pipeline.sweep();
      await pipeline.clock.advance(minute);
    }
    const most = Math.max(...ids.map((id) => writes.get(id) ?? 0));
    // Watched at 15 minutes, postponed by 15 and by 30, then sent again at 5, 10, 20 and 40.
    expect(most).toBeLessThanOrEqual(8);
    expect(ids.filter((id) => pipeline.run(id)?.timerKey === undefined)).toEqual([]);
  });

  test("limits the resends of a lane to a tenth of its claims, and at least ten", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await pipeline.reconcile();
    for (let i = 0; i < 50; i++) await enqueue(pipeline.ports, scripted, {}, { key: `k${i}` });
    await pipeline.clock.advance(16 * minute);
    await pipeline.sweep();
    expect(pipeline.ports.queue.waiting("normal")).toHaveLength(50 + 10);
  });

  test("does not count runs that lost their worker against the resends of the lane", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await pipeline.reconcile();
    const now = pipeline.clock.now();
    for (let i = 0; i < 40; i++) {
      const { id } = await enqueue(pipeline.ports, scripted, {}, { key: `k${i}` });
      await pipeline.ports.runs.claim([
        { id, generation: 1, token: "t", now, leaseUntil: now + 30 * second },
      ]);
    }
    await pipeline.clock.advance(3 * minute);
    await pipeline.sweep();
    expect(pipeline.ports.queue.waiting("normal")).toHaveLength(40 + 40);
  });
});

describe("a sweep", () => {
  const other = defineJob({ name: "other", priority: "high", input: z.object({}), run: () => undefined });

  const createLost = async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted, other]);
    await pipeline.reconcile();
    const normal = await enqueue(pipeline.ports, scripted, {}, { key: "k" });
    const high = await enqueue(pipeline.ports, other, {}, { key: "k" });
    dropMessages(pipeline, "normal");
    dropMessages(pipeline, "high");
    await pipeline.clock.advance(16 * minute);
    return { pipeline, normal: normal.id, high: high.id };
  };

  test("handles all lanes when the depth of one cannot be read, with few resends on that lane", async () => {
    const { pipeline } = await createLost();
    for (let i = 0; i < 30; i++) await enqueue(pipeline.ports, other, {}, { key: `more${i}` });
    dropMessages(pipeline, "high");
    while (pipeline.ports.queue.waiting("high").some(({ visibleAt }) => visibleAt <= pipeline.clock.now()))
      dropMessages(pipeline, "high");
    await pipeline.clock.advance(16 * minute);
    const { depth } = pipeline.ports.queue;
    const queue: { depth: typeof depth } = pipeline.ports.queue;
    queue.depth = async (lane) => {
      if (lane === "high") throw new Error("RequestThrottled");
      return await depth(lane);
    };
    expect(await pipeline.sweep()).toMatchObject({ resent: 1 + 10 });
    expect(pipeline.ports.queue.waiting("normal")).toHaveLength(1);
    expect(pipeline.ports.queue.waiting("high")).toHaveLength(10);
  });

  test("handles the other jobs when the runs of one cannot be read, and fails", async () => {
    const { pipeline, normal, high } = await createLost();
    const { list } = pipeline.ports.runs;
    const runs: { list: typeof list } = pipeline.ports.runs;
    runs.list = async (query) => {
      if (query.job === "scripted") throw new Error("ProvisionedThroughputExceededException");
      return await list(query);
    };
    await expect(pipeline.sweep()).rejects.toThrow(/parts of the sweep/);
    expect(pipeline.run(high)?.resendCount).toBe(1);
    expect(pipeline.run(normal)?.timerKey).toBeUndefined();
    runs.list = list;
    await pipeline.clock.advance(minute);
    await pipeline.sweep();
    expect(pipeline.run(normal)?.resendCount).toBe(1);
  });

  test("does its work when the metrics of the last minute cannot be read", async () => {
    const { pipeline, normal } = await createLost();
    const { read } = pipeline.ports.metrics;
    const metrics: { read: typeof read } = pipeline.ports.metrics;
    metrics.read = async () => {
      throw new Error("ThrottlingException");
    };
    await pipeline.sweep();
    expect(pipeline.run(normal)?.resendCount).toBe(1);
  });
});

test("runs a redriven run that had expired before an attempt", async () => {
  const { scripted, started } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "k", expiresIn: "1 hour" });
  dropMessages(pipeline, "normal");
  const run = pipeline.run(id);
  if (!run) throw new Error("expected a run");
  await endRun(pipeline.ports, run, { verdict: { kind: "dead", reason: "given up" }, endedBy: "sweeper" });
  const [deadLetter] = await pipeline.ports.queue.receiveDeadLetters("normal", 1);
  if (!deadLetter) throw new Error("expected a dead letter");
  await pipeline.clock.advance(5 * hour);
  await pipeline.send("normal", deadLetter.body);
  await pipeline.live(minute);
  expect(started).toHaveLength(1);
  expect(pipeline.run(id)).toMatchObject({ state: "succeeded", generation: 2 });
});
