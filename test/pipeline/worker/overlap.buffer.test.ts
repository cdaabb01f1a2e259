import { describe, expect, test } from "@jest/globals";
import { defineJob, every, RetryAfterError, schedule } from "../../../shared/index.ts";
import { createPipeline, minute, second, type TestPipeline } from "../support/pipeline-harness.ts";
import { createSlowJob, runConcurrently, statesOf } from "../support/slow-harness.ts";

/** Run for some time with ticks at another phase of the minute than the occurrences. */
const liveWithTicksAt = async (pipeline: TestPipeline, phaseMs: number, ms: number): Promise<void> => {
  const { clock } = pipeline;
  const until = clock.now() + ms;
  await pipeline.tick();
  let nextTick = clock.now() + (phaseMs === 0 ? minute : phaseMs);
  while (clock.now() < until) {
    if (clock.now() >= nextTick) {
      await pipeline.tick();
      await pipeline.sweep();
      nextTick += minute;
    }
    void pipeline.start("normal");
    await clock.advance(500);
  }
};

const reasonsOf = (pipeline: TestPipeline): readonly string[] =>
  pipeline
    .runs()
    .filter(({ dueAt }) => dueAt <= pipeline.clock.now())
    .sort((a, b) => a.dueAt - b.dueAt)
    .map((run) => ("reason" in run ? run.reason : run.state));

describe("an occurrence in the buffer slot", () => {
  test.each([
    [30, 5],
    [45, 20],
    [80, 45],
    [90, 10],
  ])("keeps it until a tick sends it again, every %d seconds and %d after a tick", async (gap, phase) => {
    const { start } = createSlowJob({ ms: 230 * second });
    const { pipeline } = await start({ overlap: "buffer-one" }, every(`${gap} seconds`));
    const startedAt = pipeline.clock.now();
    await liveWithTicksAt(pipeline, phase * second, 6 * minute);
    const first = pipeline.runs().find(({ dueAt }) => dueAt === startedAt + gap * second);
    expect(first?.state).toBe("running");
  });

  test.each([
    [90, 20],
    [90, 50],
    [80, 30],
  ])("starts within seconds of its turn, every %d seconds and %d after a tick", async (gap, phase) => {
    const { spans, start } = createSlowJob({ ms: 230 * second });
    const { pipeline } = await start({ overlap: "buffer-one" }, every(`${gap} seconds`));
    await liveWithTicksAt(pipeline, phase * second, 20 * minute);
    const gaps = spans.slice(1).map(({ from }, i) => from - (spans[i]?.to ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * second);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  });

  test("is released for a run that got its turn and whose worker was killed before it released it", async () => {
    const { start } = createSlowJob({ ms: (call) => (call === 0 ? 80 : 95) * second });
    const { pipeline } = await start({ overlap: "buffer-one" }, every("1 minute"));
    const { swap } = pipeline.ports.notes;
    let isThrottled = true;
    Object.assign(pipeline.ports.notes, {
      swap: async (...args: Parameters<typeof swap>) => {
        if (isThrottled && args[1] === "buffered" && args[3] === "") {
          isThrottled = false;
          throw new Error("ThrottlingException");
        }
        return await swap(...args);
      },
    });
    await runConcurrently(pipeline, 4 * minute);
    expect(isThrottled).toBe(false);
    expect(reasonsOf(pipeline)).not.toContainEqual(expect.stringContaining("another occurrence waits"));
    expect(statesOf(pipeline).slice(0, 2)).toEqual(["succeeded", "succeeded"]);
  });

  test("counts as empty while the note names the run that has the turn", async () => {
    const { start } = createSlowJob({ ms: 200 * second });
    const { pipeline } = await start({ overlap: "buffer-one" }, every("1 minute"));
    await runConcurrently(pipeline, 30 * second);
    const holder = await pipeline.ports.notes.read("slow", "running");
    await pipeline.ports.notes.swap("slow", "buffered", undefined, holder ?? "");
    await runConcurrently(pipeline, 4 * minute);
    expect(statesOf(pipeline).slice(0, 4)).toEqual(["succeeded", "running", "cancelled", "cancelled"]);
  });
});

const hour = 60 * minute;

/** A schedule whose first occurrence throws a RetryAfterError of six hours. */
const createPatient = async () => {
  let calls = 0;
  const started: string[] = [];
  const job = defineJob({
    name: "patient",
    retry: { attempts: 3 },
    run: ({ run }) => {
      started.push(run.id.slice(-20));
      if (calls++ === 0) throw new RetryAfterError(new Date(Date.UTC(2026, 0, 1, 6)));
    },
  });
  const pipeline = createPipeline(
    [job],
    [schedule(every("30 minutes"), job, undefined, { overlap: "buffer-one" })],
  );
  await pipeline.reconcile();
  const waiter = "patient:patient@2026-01-01T00:30:00Z";
  let claims = 0;
  const { claim } = pipeline.ports.runs;
  Object.assign(pipeline.ports.runs, {
    claim: async (all: Parameters<typeof claim>[0]) => {
      claims += all.filter(({ id }) => id === waiter).length;
      return await claim(all);
    },
  });
  return { pipeline, started, waiter, claims: () => claims };
};

describe("a buffered occurrence behind a run that is parked for hours", () => {
  test("is claimed twice an hour, and starts when that run has ended", async () => {
    const { pipeline, started, waiter, claims } = await createPatient();
    await pipeline.live(6 * hour + 5 * minute);
    expect(claims()).toBeLessThanOrEqual(16);
    expect(started.slice(0, 3)).toEqual([
      "2026-01-01T00:00:00Z",
      "2026-01-01T00:00:00Z",
      "2026-01-01T00:30:00Z",
    ]);
    const [holder, waiting] = [pipeline.run("patient:patient@2026-01-01T00:00:00Z"), pipeline.run(waiter)];
    expect(waiting?.state).toBe("succeeded");
    const endedAt = holder && "endedAt" in holder ? holder.endedAt : 0;
    const startedAt = waiting && "startedAt" in waiting ? (waiting.startedAt ?? 0) : 0;
    expect(startedAt - endedAt).toBeLessThanOrEqual(2 * second);
  });

  test("starts with the next occurrence when the message of that run's end is lost", async () => {
    const { pipeline, started, waiter } = await createPatient();
    const { read } = pipeline.ports.notes;
    await pipeline.live(6 * hour - 10 * minute);
    const holder = () => pipeline.run("patient:patient@2026-01-01T00:00:00Z")?.state;
    Object.assign(pipeline.ports.notes, {
      read: async (...args: Parameters<typeof read>) => {
        if (holder() === "succeeded" && pipeline.run(waiter)?.state === "parked" && started.length === 2) {
          Object.assign(pipeline.ports.notes, { read });
          throw new Error("ThrottlingException");
        }
        return await read(...args);
      },
    });
    await pipeline.live(45 * minute);
    expect(pipeline.run(waiter)?.state).toBe("succeeded");
  });
});
