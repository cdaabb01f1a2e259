import { describe, expect, test } from "@jest/globals";
import { historyOf } from "../../../shared/pipeline/schedules/ledger.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import { killablePorts } from "../support/killable-ports.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { createSlowJob, runConcurrently, statesOf } from "../support/slow-harness.ts";

const overlapping = (spans: readonly { readonly from: number; readonly to: number }[]): number =>
  spans.filter((a) => spans.some((b) => a !== b && a.from < b.to && b.from < a.to)).length;

/** The instants of some runs: `00:01:00`. */
const timesOf = (spans: readonly { readonly id: string }[]) => spans.map(({ id }) => id.slice(-9, -1));

const skipped = async ({ context }: Awaited<ReturnType<ReturnType<typeof createSlowJob>["start"]>>) =>
  (await historyOf(context, "slow", 200)).filter(({ outcome }) => outcome === "skipped");

describe("an occurrence that is due while an earlier one runs", () => {
  test("runs beside it when overlap is allowed", async () => {
    const { spans, start } = createSlowJob({ ms: 100 * second });
    const { pipeline } = await start({});
    await runConcurrently(pipeline, 6 * minute);
    expect(overlapping(spans)).toBeGreaterThan(2);
  });

  test("is skipped, with a ledger entry", async () => {
    const { spans, start } = createSlowJob({ ms: 100 * second });
    const started = await start({ overlap: "skip" });
    await runConcurrently(started.pipeline, 6 * minute);
    expect(overlapping(spans)).toBe(0);
    expect(spans.length).toBeGreaterThanOrEqual(3);
    const recorded = await skipped(started);
    expect(recorded.length).toBeGreaterThanOrEqual(2);
    expect(recorded[0]).toMatchObject({
      reason: expect.stringMatching(/^overlap: slow:slow@.* has not ended$/),
    });
  });

  test("is cancelled as a run of its own, which the ledger has as fired", async () => {
    const { spans, start } = createSlowJob({ ms: 100 * second });
    const started = await start({ overlap: "cancel-new" });
    await runConcurrently(started.pipeline, 6 * minute);
    expect(overlapping(spans)).toBe(0);
    expect(statesOf(started.pipeline)).toContain("cancelled");
    expect(await skipped(started)).toEqual([]);
  });

  test("waits for its turn, one at a time", async () => {
    const { spans, start } = createSlowJob({ ms: 150 * second });
    const started = await start({ overlap: "buffer-one" });
    await runConcurrently(started.pipeline, 12 * minute);
    expect(overlapping(spans)).toBe(0);
    const gaps = spans.slice(1).map(({ from }, i) => from - (spans[i]?.to ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(65 * second);
    expect((await skipped(started))[0]).toMatchObject({
      reason: "overlap: another occurrence is already waiting",
    });
  });

  test("cancels that run by its signal, and starts when it has ended", async () => {
    const { spans, start } = createSlowJob({ ms: 200 * second });
    const { pipeline } = await start({ overlap: "cancel-running" });
    await runConcurrently(pipeline, 6 * minute);
    expect(overlapping(spans)).toBe(0);
    expect(spans.slice(0, -1).every(({ aborted }) => aborted)).toBe(true);
    expect(spans.length).toBeGreaterThanOrEqual(4);
  });
});

describe("with overlap buffer-one", () => {
  test.each([100, 130, 190, 235])(
    "the buffered occurrence runs first when each takes %d seconds",
    async (seconds) => {
      const { spans, start } = createSlowJob({ ms: seconds * second });
      const { pipeline } = await start({ overlap: "buffer-one" });
      await runConcurrently(pipeline, 40 * minute);
      const times = timesOf(spans);
      expect(times).toEqual([...times].sort());
      const waits = spans.map(({ from, id }) => from - (pipeline.run(id)?.dueAt ?? 0));
      expect(Math.max(...waits)).toBeLessThanOrEqual((seconds + 6) * second);
      expect(spans.length).toBeGreaterThan((40 * 60) / (seconds + 7) - 1);
      const isOld = (due: number) => due < pipeline.clock.now() - (seconds + 10) * second;
      const waiting = pipeline
        .runs()
        .filter(({ state, dueAt }) => isOld(dueAt) && /queued|parked/.test(state));
      expect(waiting).toEqual([]);
    },
  );
});

describe("with overlap cancel-running", () => {
  test("an older occurrence that starts late cancels no newer one, and is skipped", async () => {
    const { spans, start } = createSlowJob({
      ms: (call) => (call === 0 ? 225 : 50) * second,
      isDeaf: (call) => call === 0,
    });
    const started = await start({ overlap: "cancel-running" });
    await runConcurrently(started.pipeline, 6 * minute + 30 * second);
    expect(spans.slice(1, -1).filter(({ aborted }) => aborted)).toEqual([]);
    expect(timesOf(spans)).toEqual(["00:00:00", ...timesOf(spans).slice(1).sort()]);
    expect((await skipped(started)).at(-1)).toMatchObject({
      at: Date.UTC(2026, 0, 1, 0, 1),
      reason: "overlap: the later slow:slow@2026-01-01T00:02:00Z is already running",
    });
  });

  test("a backlog after an outage ends with the newest occurrence, and later ones run to their end", async () => {
    const { spans, start } = createSlowJob({ ms: 20 * second });
    const { pipeline } = await start({ overlap: "cancel-running", catchUp: "all" });
    await pipeline.clock.advance(30 * minute);
    await runConcurrently(pipeline, 15 * minute);
    const ended = spans.filter(({ aborted, to }) => !aborted && to < Number.POSITIVE_INFINITY);
    expect(timesOf(ended)).toEqual([...timesOf(ended)].sort());
    expect(ended.length).toBeGreaterThanOrEqual(13);
    expect(statesOf(pipeline).slice(31, 44)).toEqual(Array.from({ length: 13 }, () => "succeeded"));
  });

  test("an occurrence whose worker was killed is ended by the next one after its lease", async () => {
    const { spans, start } = createSlowJob({ ms: 100 * second });
    const { pipeline, context } = await start({ overlap: "cancel-running" });
    await pipeline.tick();
    const settle = { call: 3, phase: "before" } as const;
    const { ports, isDead } = killablePorts(pipeline.ports, settle);
    const worker = {
      lane: "normal",
      metricsCounter: createMetricsCounter(),
      deadlineAt: pipeline.clock.now() + 5 * minute,
    } as const;
    void processBatch(ports, { ...worker, registry: context.registry }, pipeline.receive("normal"));
    await runConcurrently(pipeline, 10 * minute);
    expect(isDead()).toBe(true);
    expect(pipeline.run("slow:slow@2026-01-01T00:00:00Z")).toMatchObject({ state: "cancelled" });
    const leaseIsOver = Date.UTC(2026, 0, 1, 0, 4, 40);
    expect(spans[1]?.from).toBeLessThan(leaseIsOver);
    expect(spans.length).toBeGreaterThan(5);
  });
});

describe("a redriven run", () => {
  test.each(["skip", "buffer-one", "cancel-running", "cancel-new"] as const)(
    "runs beside another at once under %s, holds up no other, and records no skip",
    async (overlap) => {
      const { spans, start } = createSlowJob({ ms: 50 * second, isBroken: (call) => call === 0 });
      const started = await start({ overlap });
      const { pipeline } = started;
      await runConcurrently(pipeline, 70 * second);
      expect(timesOf(spans)).toEqual(["00:01:00"]);
      const deadLetter = pipeline.ports.queue.dead("normal")[0];
      await pipeline.send("normal", deadLetter?.body ?? "");
      await runConcurrently(pipeline, 3 * minute);
      expect(timesOf(spans).slice(0, 4)).toEqual(["00:01:00", "00:00:00", "00:02:00", "00:03:00"]);
      expect(spans.some(({ aborted }) => aborted)).toBe(false);
      expect(statesOf(pipeline).slice(0, 3)).toEqual(["succeeded", "succeeded", "succeeded"]);
      expect(await skipped(started)).toEqual([]);
    },
  );
});
