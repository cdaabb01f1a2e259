import { describe, expect, test } from "@jest/globals";
import { maxCrashes, type Run, runSchema } from "../../../shared/core/runs/run.ts";
import { recordStart } from "../../../shared/core/runs/settle.ts";
import type { PolicyOptions } from "../../../shared/core/schedules/policy.ts";
import { defineJob, every, schedule } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { cancelRun } from "../../../shared/pipeline/runs/cancel.ts";
import { isEnded } from "../../../shared/pipeline/runs/end-effects.ts";
import { applyEndEffects, endRun, repeatEndOfMessage } from "../../../shared/pipeline/runs/end-run.ts";
import { createPipeline, minute, scriptedJob, second } from "../support/pipeline-harness.ts";

const beat = defineJob({ name: "beat", run: () => undefined });

const createBeat = async () => {
  const world = createPipeline(
    [beat],
    [schedule(every("1 minute"), beat, undefined, { pauseAfterDeaths: 2 })],
  );
  await world.reconcile();
  await world.tick();
  return world;
};

const createWaiting = async () => {
  const { scripted } = scriptedJob();
  const world = createPipeline([scripted]);
  const { id } = await enqueue(world.ports, scripted, {}, { key: "k" });
  const read = (): Run => {
    const run = world.run(id);
    if (!run) throw new Error("expected the run's row");
    return run;
  };
  return { world, id, read };
};

const death = { verdict: { kind: "dead", reason: "gave up" }, endedBy: "sweeper" } as const;

const runLines = (world: { readonly lines: readonly { message: string; facts: object | undefined }[] }) =>
  world.lines.filter(({ message }) => message === "run").map(({ facts }) => facts);

describe("endRun", () => {
  test("counts the death of an occurrence, and pauses the schedule at pauseAfterDeaths", async () => {
    const world = await createBeat();
    const [first, next] = world.runs();
    if (!first || !next) throw new Error("expected two occurrences");
    expect(await endRun(world.ports, first, death)).toBe(true);
    expect((await world.ports.schedules.read(["beat"])).get("beat")?.state).toBe("active");
    expect(await endRun(world.ports, next, death)).toBe(true);
    expect((await world.ports.schedules.read(["beat"])).get("beat")).toMatchObject({
      state: "paused",
      pauseReason: expect.stringContaining("2 runs in a row died"),
    });
  });

  test("sends the dead letter, logs the end and removes the run from the timer index", async () => {
    const { world, id, read } = await createWaiting();
    expect(await endRun(world.ports, read(), death)).toBe(true);
    expect(read()).toMatchObject({ state: "dead", reason: "gave up" });
    expect(read().timerKey).toBeUndefined();
    expect(world.ports.queue.dead("normal")).toMatchObject([{ reason: "gave up" }]);
    expect(runLines(world)).toEqual([
      {
        run: id,
        job: "scripted",
        lane: "normal",
        state: "dead",
        attempt: 0,
        reason: "gave up",
        endedBy: "sweeper",
      },
    ]);
  });

  test("keeps the end and applies the other effects when the dead letter is not sent; the next sweep sends it", async () => {
    const world = await createBeat();
    const [run] = world.runs();
    if (!run) throw new Error("expected an occurrence");
    const { sendDeadLetters } = world.ports.queue;
    world.ports.queue.sendDeadLetters = async () => {
      throw new Error("ServiceUnavailable");
    };
    expect(await endRun(world.ports, run, death)).toBe(true);
    world.ports.queue.sendDeadLetters = sendDeadLetters;
    expect(world.run(run.id)).toMatchObject({ state: "dead", timerKey: expect.stringContaining("sweep#") });
    expect(await world.ports.notes.read("beat", "consecutive-deaths")).toBe(run.id);
    expect(world.ports.queue.dead("normal")).toEqual([]);
    await world.sweep();
    expect(world.ports.queue.dead("normal")).toMatchObject([{ reason: "gave up" }]);
    expect(world.run(run.id)?.timerKey).toBeUndefined();
    expect(await world.ports.notes.read("beat", "consecutive-deaths")).toBe(run.id);
    await world.sweep();
    expect(world.ports.queue.dead("normal")).toHaveLength(1);
    expect(runLines(world)).toHaveLength(1);
  });

  test("sends the dead letter when the consecutive deaths cannot be counted", async () => {
    const world = await createBeat();
    const [run] = world.runs();
    if (!run) throw new Error("expected an occurrence");
    const schedules = {
      ...world.ports.schedules,
      read: async () => {
        throw new Error("ThrottlingException");
      },
    };
    expect(await endRun({ ...world.ports, schedules }, run, death)).toBe(true);
    expect(world.ports.queue.dead("normal")).toHaveLength(1);
    expect(world.lines.filter(({ level }) => level === "warn")).toMatchObject([
      { message: "effect of a run's end failed", facts: { effect: "consecutive deaths", run: run.id } },
      { message: "effect of a run's end failed", facts: { effect: "next in buffer", run: run.id } },
    ]);
  });

  test("does not end a run that was claimed since it was read", async () => {
    const { world, id, read } = await createWaiting();
    const before = read();
    const now = world.clock.now();
    await world.ports.runs.claim([{ id, generation: 1, token: "t", now, leaseUntil: now + minute }]);
    expect(await endRun(world.ports, before, death)).toBe(false);
    expect(read().state).toBe("running");
    expect(world.ports.queue.dead("normal")).toEqual([]);
    expect(runLines(world)).toEqual([]);
  });

  test("recognises its own write when the first reply was lost, and applies the effects", async () => {
    const { world, read } = await createWaiting();
    const runs = {
      ...world.ports.runs,
      change: async (changes: Parameters<typeof world.ports.runs.change>[0]) => {
        await world.ports.runs.change(changes);
        return await world.ports.runs.change(changes);
      },
    };
    expect(await endRun({ ...world.ports, runs }, read(), death)).toBe(true);
    expect(world.ports.queue.dead("normal")).toHaveLength(1);
  });
});

describe("applyEndEffects", () => {
  const ended = (run: Run | undefined, more: object) => {
    const row = runSchema.parse({
      ...run,
      endedAt: 1,
      ttl: 2_000_000_000,
      token: "t",
      startedAt: 0,
      ...more,
    });
    if (!isEnded(row)) throw new Error("expected a row that has ended");
    return row;
  };

  test("starts the count of consecutive deaths again when a run succeeded", async () => {
    const world = await createBeat();
    const [first, next] = world.runs();
    if (!first || !next) throw new Error("expected two occurrences");
    await endRun(world.ports, first, death);
    const row = ended(next, { state: "succeeded", endedAt: world.clock.now() });
    expect(await applyEndEffects(world.ports, { row, endedBy: "worker", attempt: 1 })).toBe(true);
    expect(await world.ports.notes.read("beat", "consecutive-deaths")).toBe("");
  });

  test("answers false when the ledger entry of a skipped occurrence is not written", async () => {
    const world = await createBeat();
    const row = ended(world.runs()[0], {
      state: "cancelled",
      skippedBySchedule: true,
      reason: "paused: storm",
    });
    const ledger = {
      ...world.ports.ledger,
      record: async () => {
        throw new Error("ThrottlingException");
      },
    };
    const end = { row, endedBy: "worker", attempt: 1 } as const;
    expect(await applyEndEffects({ ...world.ports, ledger }, end)).toBe(false);
    expect(await applyEndEffects(world.ports, end)).toBe(true);
    expect(await world.ports.ledger.list("beat", { limit: 10 })).toContainEqual(
      expect.objectContaining({
        recordedBy: "worker",
        skipped: [expect.objectContaining({ reason: "paused: storm" })],
      }),
    );
  });

  test("logs how long the attempt waited and took", async () => {
    const { world, read } = await createWaiting();
    const row = ended(read(), { state: "succeeded", dueAt: 1_000, endedAt: 4_500 });
    await applyEndEffects(world.ports, { row, endedBy: "worker", attempt: 2, startedAt: 3_000 });
    expect(runLines(world)).toMatchObject([{ state: "succeeded", attempt: 2, waitMs: 2_000, tookMs: 1_500 }]);
  });
});

describe("repeatEndOfMessage", () => {
  const returned = { messageId: "m", generation: 1 };

  /** The first of two occurrences has succeeded, the second waits. */
  const createEnded = async (policy: PolicyOptions) => {
    const world = createPipeline([beat], [schedule(every("1 minute"), beat, undefined, policy)]);
    await world.reconcile();
    await world.tick();
    await world.drain();
    const [first, next] = world.runs();
    if (first?.state !== "succeeded" || !next) throw new Error("expected two occurrences");
    return { world, first, next };
  };

  test("keeps the deaths after a success when the success is repeated", async () => {
    const { world, first, next } = await createEnded({ pauseAfterDeaths: 2 });
    await world.clock.advance(second);
    await endRun(world.ports, next, death);
    expect(await repeatEndOfMessage(world.ports, first, returned)).toBe(true);
    expect(await world.ports.notes.read("beat", "consecutive-deaths")).toBe(next.id);
  });

  test("sends the buffered occurrence once", async () => {
    const { world, first, next } = await createEnded({ overlap: "buffer-one" });
    await world.clock.advance(minute);
    await world.ports.notes.swap("beat", "buffered", undefined, next.id);
    const availableAt = world.clock.now() + minute;
    await world.ports.runs.change([{ id: next.id, when: {}, set: { availableAt } }]);
    const before = world.ports.queue.waiting("normal").length;
    for (let i = 0; i < 2; i++) expect(await repeatEndOfMessage(world.ports, first, returned)).toBe(true);
    expect(world.ports.queue.waiting("normal")).toHaveLength(before + 1);
    expect(world.run(next.id)?.availableAt).toBe(world.clock.now());
  });

  test("does nothing for a run that has no schedule, and for a message of another generation", async () => {
    const { world, id } = await createWaiting();
    await world.drain();
    const refuse = async () => {
      throw new Error("unexpected request");
    };
    const ports = {
      ...world.ports,
      schedules: { ...world.ports.schedules, read: refuse },
      notes: { ...world.ports.notes, read: refuse },
      runs: { ...world.ports.runs, read: refuse, change: refuse },
    };
    expect(await repeatEndOfMessage(ports, world.run(id), returned)).toBe(true);
    expect(await repeatEndOfMessage(ports, world.run(id), { ...returned, generation: 2 })).toBe(true);
  });
});

test("logs the end of a run that an operator cancels", async () => {
  const { world, id } = await createWaiting();
  expect(await cancelRun(world.ports, id, { reason: "not needed" })).toBe("cancelled");
  expect(runLines(world)).toMatchObject([
    { run: id, state: "cancelled", reason: "not needed", endedBy: "operator" },
  ]);
});

test("counts a death that the sweeper decides, and logs it", async () => {
  const world = await createBeat();
  const [run] = world.runs();
  if (!run) throw new Error("expected an occurrence");
  for (let crash = 0; crash < maxCrashes; crash++) {
    const now = world.clock.now();
    const claim = { id: run.id, generation: 1, token: `t${crash}`, now, leaseUntil: now + second };
    const [held] = await world.ports.runs.claim([claim]);
    if (held && "run" in held) await world.ports.runs.change([recordStart(held.run)]);
    await world.clock.advance(2 * second);
  }
  await world.clock.advance(3 * minute);
  await world.sweep();
  expect(world.run(run.id)?.state).toBe("dead");
  expect(await world.ports.notes.read("beat", "consecutive-deaths")).toBe(run.id);
  expect(runLines(world)).toMatchObject([{ run: run.id, state: "dead", endedBy: "sweeper" }]);
});
