import { describe, expect, test } from "@jest/globals";
import { defineJob, every, RetryAfterError, schedule } from "../../../shared/index.ts";
import { createPipeline, minute, second, type TestPipeline } from "../support/pipeline-harness.ts";
import { createSlowJob, runConcurrently, statesOf } from "../support/slow-harness.ts";

/** Run for some time with ticks at another phase of the minute than the occurrences. */
const liveWithTicksAt = async (world: TestPipeline, phaseMs: number, ms: number): Promise<void> => {
  const { clock } = world;
  const until = clock.now() + ms;
  await world.tick();
  let nextTick = clock.now() + (phaseMs === 0 ? minute : phaseMs);
  while (clock.now() < until) {
    if (clock.now() >= nextTick) {
      await world.tick();
      await world.sweep();
      nextTick += minute;
    }
    void world.start("normal");
    await clock.advance(500);
  }
};

const reasonsOf = (world: TestPipeline): readonly string[] =>
  world
    .runs()
    .filter(({ dueAt }) => dueAt <= world.clock.now())
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
    const { world } = await start({ overlap: "buffer-one" }, every(`${gap} seconds`));
    const startedAt = world.clock.now();
    await liveWithTicksAt(world, phase * second, 6 * minute);
    const first = world.runs().find(({ dueAt }) => dueAt === startedAt + gap * second);
    expect(first?.state).toBe("running");
  });

  test.each([
    [90, 20],
    [90, 50],
    [80, 30],
  ])("starts within seconds of its turn, every %d seconds and %d after a tick", async (gap, phase) => {
    const { spans, start } = createSlowJob({ ms: 230 * second });
    const { world } = await start({ overlap: "buffer-one" }, every(`${gap} seconds`));
    await liveWithTicksAt(world, phase * second, 20 * minute);
    const gaps = spans.slice(1).map(({ from }, i) => from - (spans[i]?.to ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * second);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  });

  test("is released for a run that got its turn and whose worker was killed before it released it", async () => {
    const { start } = createSlowJob({ ms: (call) => (call === 0 ? 80 : 95) * second });
    const { world } = await start({ overlap: "buffer-one" }, every("1 minute"));
    const { swap } = world.ports.notes;
    let isThrottled = true;
    Object.assign(world.ports.notes, {
      swap: async (...args: Parameters<typeof swap>) => {
        if (isThrottled && args[1] === "buffered" && args[3] === "") {
          isThrottled = false;
          throw new Error("ThrottlingException");
        }
        return await swap(...args);
      },
    });
    await runConcurrently(world, 4 * minute);
    expect(isThrottled).toBe(false);
    expect(reasonsOf(world)).not.toContainEqual(expect.stringContaining("another occurrence waits"));
    expect(statesOf(world).slice(0, 2)).toEqual(["succeeded", "succeeded"]);
  });

  test("counts as empty while the note names the run that has the turn", async () => {
    const { start } = createSlowJob({ ms: 200 * second });
    const { world } = await start({ overlap: "buffer-one" }, every("1 minute"));
    await runConcurrently(world, 30 * second);
    const holder = await world.ports.notes.read("slow", "running");
    await world.ports.notes.swap("slow", "buffered", undefined, holder ?? "");
    await runConcurrently(world, 4 * minute);
    expect(statesOf(world).slice(0, 4)).toEqual(["succeeded", "running", "cancelled", "cancelled"]);
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
  const world = createPipeline(
    [job],
    [schedule(every("30 minutes"), job, undefined, { overlap: "buffer-one" })],
  );
  await world.reconcile();
  const waiter = "patient:patient@2026-01-01T00:30:00Z";
  let claims = 0;
  const { claim } = world.ports.runs;
  Object.assign(world.ports.runs, {
    claim: async (all: Parameters<typeof claim>[0]) => {
      claims += all.filter(({ id }) => id === waiter).length;
      return await claim(all);
    },
  });
  return { world, started, waiter, claims: () => claims };
};

describe("a buffered occurrence behind a run that is parked for hours", () => {
  test("is claimed twice an hour, and starts when that run has ended", async () => {
    const { world, started, waiter, claims } = await createPatient();
    await world.live(6 * hour + 5 * minute);
    expect(claims()).toBeLessThanOrEqual(16);
    expect(started.slice(0, 3)).toEqual([
      "2026-01-01T00:00:00Z",
      "2026-01-01T00:00:00Z",
      "2026-01-01T00:30:00Z",
    ]);
    const [holder, waiting] = [world.run("patient:patient@2026-01-01T00:00:00Z"), world.run(waiter)];
    expect(waiting?.state).toBe("succeeded");
    const endedAt = holder && "endedAt" in holder ? holder.endedAt : 0;
    const startedAt = waiting && "startedAt" in waiting ? (waiting.startedAt ?? 0) : 0;
    expect(startedAt - endedAt).toBeLessThanOrEqual(2 * second);
  });

  test("starts with the next occurrence when the message of that run's end is lost", async () => {
    const { world, started, waiter } = await createPatient();
    const { read } = world.ports.notes;
    await world.live(6 * hour - 10 * minute);
    const holder = () => world.run("patient:patient@2026-01-01T00:00:00Z")?.state;
    Object.assign(world.ports.notes, {
      read: async (...args: Parameters<typeof read>) => {
        if (holder() === "succeeded" && world.run(waiter)?.state === "parked" && started.length === 2) {
          Object.assign(world.ports.notes, { read });
          throw new Error("ThrottlingException");
        }
        return await read(...args);
      },
    });
    await world.live(45 * minute);
    expect(world.run(waiter)?.state).toBe("succeeded");
  });
});
