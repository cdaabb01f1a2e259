import { describe, expect, test } from "@jest/globals";
import { maxCrashes, type Run, runSchema } from "../../../shared/core/runs/run.ts";
import { recordStart } from "../../../shared/core/runs/settle.ts";
import type { PolicyOptions } from "../../../shared/core/schedules/policy-options.ts";
import { defineJob, every, schedule } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { cancelRun } from "../../../shared/pipeline/runs/cancel.ts";
import { isEnded } from "../../../shared/pipeline/runs/end-effects.ts";
import { applyEndEffects, endRun, repeatEndOfMessage } from "../../../shared/pipeline/runs/end-run.ts";
import { createPipeline, minute, scriptedJob, second } from "../support/pipeline-harness.ts";

const beat = defineJob({ name: "beat", run: () => undefined });

const createBeat = async () => {
  const pipeline = createPipeline(
    [beat],
    [schedule(every("1 minute"), beat, undefined, { pauseAfterDeaths: 2 })],
  );
  await pipeline.reconcile();
  await pipeline.tick();
  return pipeline;
};

const createWaiting = async () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "k" });
  const read = (): Run => {
    const run = pipeline.run(id);
    if (!run) throw new Error("expected the run's row");
    return run;
  };
  return { pipeline, id, read };
};

const death = { verdict: { kind: "dead", reason: "gave up" }, endedBy: "sweeper" } as const;

const runLines = (pipeline: { readonly lines: readonly { message: string; facts: object | undefined }[] }) =>
  pipeline.lines.filter(({ message }) => message === "run").map(({ facts }) => facts);

describe("endRun", () => {
  test("counts the death of an occurrence, and pauses the schedule at pauseAfterDeaths", async () => {
    const pipeline = await createBeat();
    const [first, next] = pipeline.runs();
    if (!first || !next) throw new Error("expected two occurrences");
    expect(await endRun(pipeline.ports, first, death)).toBe(true);
    expect((await pipeline.ports.schedules.read(["beat"])).get("beat")?.state).toBe("active");
    expect(await endRun(pipeline.ports, next, death)).toBe(true);
    expect((await pipeline.ports.schedules.read(["beat"])).get("beat")).toMatchObject({
      state: "paused",
      pauseReason: expect.stringContaining("2 runs in a row died"),
    });
  });

  test("sends the dead letter, logs the end and removes the run from the timer index", async () => {
    const { pipeline, id, read } = await createWaiting();
    expect(await endRun(pipeline.ports, read(), death)).toBe(true);
    expect(read()).toMatchObject({ state: "dead", reason: "gave up" });
    expect(read().timerKey).toBeUndefined();
    expect(pipeline.ports.queue.dead("normal")).toMatchObject([{ reason: "gave up" }]);
    expect(runLines(pipeline)).toEqual([
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
    const pipeline = await createBeat();
    const [run] = pipeline.runs();
    if (!run) throw new Error("expected an occurrence");
    const { sendDeadLetters } = pipeline.ports.queue;
    pipeline.ports.queue.sendDeadLetters = async () => {
      throw new Error("ServiceUnavailable");
    };
    expect(await endRun(pipeline.ports, run, death)).toBe(true);
    pipeline.ports.queue.sendDeadLetters = sendDeadLetters;
    expect(pipeline.run(run.id)).toMatchObject({
      state: "dead",
      timerKey: expect.stringContaining("sweep#"),
    });
    expect(await pipeline.ports.notes.read("beat", "consecutive-deaths")).toBe(run.id);
    expect(pipeline.ports.queue.dead("normal")).toEqual([]);
    await pipeline.sweep();
    expect(pipeline.ports.queue.dead("normal")).toMatchObject([{ reason: "gave up" }]);
    expect(pipeline.run(run.id)?.timerKey).toBeUndefined();
    expect(await pipeline.ports.notes.read("beat", "consecutive-deaths")).toBe(run.id);
    await pipeline.sweep();
    expect(pipeline.ports.queue.dead("normal")).toHaveLength(1);
    expect(runLines(pipeline)).toHaveLength(1);
  });

  test("sends the dead letter when the consecutive deaths cannot be counted", async () => {
    const pipeline = await createBeat();
    const [run] = pipeline.runs();
    if (!run) throw new Error("expected an occurrence");
    const schedules = {
      ...pipeline.ports.schedules,
      read: async () => {
        throw new Error("ThrottlingException");
      },
    };
    expect(await endRun({ ...pipeline.ports, schedules }, run, death)).toBe(true);
    expect(pipeline.ports.queue.dead("normal")).toHaveLength(1);
    expect(pipeline.lines.filter(({ level }) => level === "warn")).toMatchObject([
      { message: "effect of a run's end failed", facts: { effect: "consecutive deaths", run: run.id } },
      { message: "effect of a run's end failed", facts: { effect: "next in buffer", run: run.id } },
    ]);
  });

  test("does not end a run that was claimed since it was read", async () => {
    const { pipeline, id, read } = await createWaiting();
    const before = read();
    const now = pipeline.clock.now();
    await pipeline.ports.runs.claim([{ id, generation: 1, token: "t", now, leaseUntil: now + minute }]);
    expect(await endRun(pipeline.ports, before, death)).toBe(false);
    expect(read().state).toBe("running");
    expect(pipeline.ports.queue.dead("normal")).toEqual([]);
    expect(runLines(pipeline)).toEqual([]);
  });

  test("recognises its own write when the first reply was lost, and applies the effects", async () => {
    const { pipeline, read } = await createWaiting();
    const runs = {
      ...pipeline.ports.runs,
      change: async (changes: Parameters<typeof pipeline.ports.runs.change>[0]) => {
        await pipeline.ports.runs.change(changes);
        return await pipeline.ports.runs.change(changes);
      },
    };
    expect(await endRun({ ...pipeline.ports, runs }, read(), death)).toBe(true);
    expect(pipeline.ports.queue.dead("normal")).toHaveLength(1);
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
    const pipeline = await createBeat();
    const [first, next] = pipeline.runs();
    if (!first || !next) throw new Error("expected two occurrences");
    await endRun(pipeline.ports, first, death);
    const row = ended(next, { state: "succeeded", endedAt: pipeline.clock.now() });
    expect(await applyEndEffects(pipeline.ports, { row, endedBy: "worker", attempt: 1 })).toBe(true);
    expect(await pipeline.ports.notes.read("beat", "consecutive-deaths")).toBe("");
  });

  test("answers false when the ledger entry of a skipped occurrence is not written", async () => {
    const pipeline = await createBeat();
    const row = ended(pipeline.runs()[0], {
      state: "cancelled",
      skippedBySchedule: true,
      reason: "paused: storm",
    });
    const ledger = {
      ...pipeline.ports.ledger,
      record: async () => {
        throw new Error("ThrottlingException");
      },
    };
    const end = { row, endedBy: "worker", attempt: 1 } as const;
    expect(await applyEndEffects({ ...pipeline.ports, ledger }, end)).toBe(false);
    expect(await applyEndEffects(pipeline.ports, end)).toBe(true);
    expect(await pipeline.ports.ledger.list("beat", { limit: 10 })).toContainEqual(
      expect.objectContaining({
        recordedBy: "worker",
        skipped: [expect.objectContaining({ reason: "paused: storm" })],
      }),
    );
  });

  test("logs how long the attempt waited and took", async () => {
    const { pipeline, read } = await createWaiting();
    const row = ended(read(), { state: "succeeded", dueAt: 1_000, endedAt: 4_500 });
    await applyEndEffects(pipeline.ports, { row, endedBy: "worker", attempt: 2, startedAt: 3_000 });
    expect(runLines(pipeline)).toMatchObject([
      { state: "succeeded", attempt: 2, waitMs: 2_000, tookMs: 1_500 },
    ]);
  });
});

describe("repeatEndOfMessage", () => {
  const returned = { messageId: "m", generation: 1 };

  /** The first of two occurrences has succeeded, the second waits. */
  const createEnded = async (policy: PolicyOptions) => {
    const pipeline = createPipeline([beat], [schedule(every("1 minute"), beat, undefined, policy)]);
    await pipeline.reconcile();
    await pipeline.tick();
    await pipeline.drain();
    const [first, next] = pipeline.runs();
    if (first?.state !== "succeeded" || !next) throw new Error("expected two occurrences");
    return { pipeline, first, next };
  };

  test("keeps the deaths after a success when the success is repeated", async () => {
    const { pipeline, first, next } = await createEnded({ pauseAfterDeaths: 2 });
    await pipeline.clock.advance(second);
    await endRun(pipeline.ports, next, death);
    expect(await repeatEndOfMessage(pipeline.ports, first, returned)).toBe(true);
    expect(await pipeline.ports.notes.read("beat", "consecutive-deaths")).toBe(next.id);
  });

  test("sends the buffered occurrence once", async () => {
    const { pipeline, first, next } = await createEnded({ overlap: "buffer-one" });
    await pipeline.clock.advance(minute);
    await pipeline.ports.notes.swap("beat", "buffered", undefined, next.id);
    const availableAt = pipeline.clock.now() + minute;
    await pipeline.ports.runs.change([{ id: next.id, when: {}, set: { availableAt } }]);
    const before = pipeline.ports.queue.waiting("normal").length;
    for (let i = 0; i < 2; i++) expect(await repeatEndOfMessage(pipeline.ports, first, returned)).toBe(true);
    expect(pipeline.ports.queue.waiting("normal")).toHaveLength(before + 1);
    expect(pipeline.run(next.id)?.availableAt).toBe(pipeline.clock.now());
  });

  test("does nothing for a run that has no schedule, and for a message of another generation", async () => {
    const { pipeline, id } = await createWaiting();
    await pipeline.drain();
    const refuse = async () => {
      throw new Error("unexpected request");
    };
    const ports = {
      ...pipeline.ports,
      schedules: { ...pipeline.ports.schedules, read: refuse },
      notes: { ...pipeline.ports.notes, read: refuse },
      runs: { ...pipeline.ports.runs, read: refuse, change: refuse },
    };
    expect(await repeatEndOfMessage(ports, pipeline.run(id), returned)).toBe(true);
    expect(await repeatEndOfMessage(ports, pipeline.run(id), { ...returned, generation: 2 })).toBe(true);
  });
});

test("logs the end of a run that an operator cancels", async () => {
  const { pipeline, id } = await createWaiting();
  expect(await cancelRun(pipeline.ports, id, { reason: "not needed" })).toBe("cancelled");
  expect(runLines(pipeline)).toMatchObject([
    { run: id, state: "cancelled", reason: "not needed", endedBy: "operator" },
  ]);
});

test("counts a death that the sweeper decides, and logs it", async () => {
  const pipeline = await createBeat();
  const [run] = pipeline.runs();
  if (!run) throw new Error("expected an occurrence");
  for (let crash = 0; crash < maxCrashes; crash++) {
    const now = pipeline.clock.now();
    const claim = { id: run.id, generation: 1, token: `t${crash}`, now, leaseUntil: now + second };
    const [held] = await pipeline.ports.runs.claim([claim]);
    if (held && "run" in held) await pipeline.ports.runs.change([recordStart(held.run)]);
    await pipeline.clock.advance(2 * second);
  }
  await pipeline.clock.advance(3 * minute);
  await pipeline.sweep();
  expect(pipeline.run(run.id)?.state).toBe("dead");
  expect(await pipeline.ports.notes.read("beat", "consecutive-deaths")).toBe(run.id);
  expect(runLines(pipeline)).toMatchObject([{ run: run.id, state: "dead", endedBy: "sweeper" }]);
});
