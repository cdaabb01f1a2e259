import { describe, expect, test } from "@jest/globals";
import { DefinitionError, NotFoundError } from "../../../shared/core/errors.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob } from "../../../shared/index.ts";
import { operate } from "../../../shared/operations/operation.ts";
import { runCancel } from "../../../shared/operations/runs/change-run.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { at, createOperatedPipeline } from "../../pipeline/support/operations-harness.ts";
import { createPipeline, minute, second } from "../../pipeline/support/pipeline-harness.ts";

describe("runs.cancel", () => {
  test.each([
    ["parked", "20 minutes"],
    ["queued", "10 minutes"],
  ] as const)("ends a %s run, which never runs", async (state, delay) => {
    const { pipeline, scripted, started, ask } = createOperatedPipeline();
    const { id } = await enqueue(pipeline.ports, scripted, {}, { delay });
    expect(pipeline.run(id)?.state).toBe(state);
    const cancelled = await ask("runs.cancel", { id, reason: "no more corn" });
    expect(cancelled).toMatchObject({
      outcome: "cancelled",
      run: { id, state: "cancelled", reason: "no more corn", endedAt: at("00:00:00") },
    });
    await pipeline.live(25 * minute);
    expect(started).toEqual([]);
    expect(pipeline.run(id)).toMatchObject({ state: "cancelled", claimCount: 0 });
    expect(await ask("runs.cancel", { id })).toMatchObject({
      outcome: "already-ended",
      run: { reason: "no more corn" },
    });
  });

  test("aborts a running one by its signal", async () => {
    const seen: string[] = [];
    const patient = defineJob({
      name: "patient",
      timeout: "2 minutes",
      run: async ({ signal }) => {
        await pipeline.clock.sleep(100 * second, signal);
        seen.push(`${pipeline.clock.now() - begin} ms: ${signal.reason?.message}`);
        signal.throwIfAborted();
      },
    });
    const pipeline = createPipeline([patient]);
    const begin = pipeline.clock.now();
    const context = { ports: pipeline.ports, registry: defineRegistry([patient]) };
    const { id } = await enqueue(pipeline.ports, patient);
    const working = pipeline.start("normal");
    await pipeline.clock.advance(2 * second);
    expect(await operate(runCancel, { id }, context)).toMatchObject({
      outcome: "requested",
      run: { state: "running" },
    });
    await pipeline.clock.advance(10 * second);
    await working;
    expect(seen).toEqual(["5000 ms: cancelled by an operator"]);
    expect(pipeline.run(id)).toMatchObject({ state: "cancelled", reason: "cancelled by an operator" });
  });

  test("leaves one that has ended as it is", async () => {
    const { pipeline, scripted, ask } = createOperatedPipeline();
    const { id } = await enqueue(pipeline.ports, scripted, {});
    await pipeline.drain();
    expect(await ask("runs.cancel", { id })).toMatchObject({
      outcome: "already-ended",
      run: { state: "succeeded" },
    });
  });

  test("knows no run that is not there", async () => {
    await expect(createOperatedPipeline().ask("runs.cancel", { id: "scripted:none" })).rejects.toThrow(
      NotFoundError,
    );
  });
});

describe("runs.reschedule", () => {
  const parked = async () => {
    const operated = createOperatedPipeline();
    const { id } = await enqueue(operated.pipeline.ports, operated.scripted, {}, { delay: "30 minutes" });
    return { ...operated, id };
  };

  test.each([
    ["earlier", { delay: "10 minutes" }, "00:10:00"],
    ["much earlier", { at: at("00:00:01") }, "00:00:01"],
    ["at once", { at: "2020-01-01T00:00:00Z" }, "00:00:00"],
    ["later", { at: "2026-01-01T01:40:00+01:00" }, "00:40:00"],
  ])("has a parked run start %s, then and once", async (_, when, due) => {
    const { pipeline, started, ask, id } = await parked();
    expect(await ask("runs.reschedule", { id, ...when })).toMatchObject({
      dueAt: at(due),
      nextAttemptAt: at(due),
    });
    await pipeline.live(45 * minute);
    expect(started).toHaveLength(1);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", startedAt: Date.parse(at(due)) });
  });

  test("moves a queued one, whose message comes too early then", async () => {
    const { pipeline, scripted, started, ask } = createOperatedPipeline();
    const { id } = await enqueue(pipeline.ports, scripted, {}, { delay: "5 minutes" });
    await ask("runs.reschedule", { id, delay: "20 minutes" });
    await pipeline.live(19 * minute);
    expect(started).toEqual([]);
    await pipeline.live(5 * minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", startedAt: Date.parse(at("00:20:00")) });
    expect(started).toHaveLength(1);
  });

  test("keeps the input of one that is put off by a year, however large", async () => {
    const { pipeline, scripted, ask } = createOperatedPipeline();
    const value = "rye".repeat(500);
    const { id } = await enqueue(pipeline.ports, scripted, { value }, { delay: "1 hour" });
    await ask("runs.reschedule", { id, delay: "365 days" });
    await pipeline.clock.advance(365 * 24 * 60 * minute);
    await pipeline.live(2 * minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded" });
    expect(await ask("runs.show", { id })).toMatchObject({ input: { value }, result: value });
  });

  test.each([
    [{}, /^at: expected at or delay, got neither; give one of them$/],
    [{ at: at("01:00:00"), delay: "1 hour" }, /^at: expected at or delay, got both/],
    [{ at: "soon" }, /^at: expected an instant with its offset.*, got "soon"$/],
    [{ delay: "soon" }, /^delay: expected a duration such as .*, got "soon"$/],
  ])("refuses %j, and stores nothing", async (when, problem) => {
    const { pipeline, ask, id } = await parked();
    const before = pipeline.runs();
    await expect(ask("runs.reschedule", { id, ...when })).rejects.toThrow(problem);
    expect(pipeline.runs()).toEqual(before);
  });

  test("refuses one that has ended, and an occurrence, whose time is its name", async () => {
    const { pipeline, scripted, ask, id } = await parked();
    await ask("runs.cancel", { id });
    await expect(ask("runs.reschedule", { id, delay: "1 hour" })).rejects.toThrow(
      `run "${id}": expected a waiting run, got one that is cancelled`,
    );
    await ask("schedules.create", { name: "often", job: scripted.name, rule: "every 1 minute", input: {} });
    await pipeline.tick();
    await expect(
      ask("runs.reschedule", { id: "scripted:often@2026-01-01T00:01:00Z", delay: "1 hour" }),
    ).rejects.toThrow(DefinitionError);
  });
});

test("runs.show and runs.list show a row with an instant that no Date can hold", async () => {
  const { pipeline, scripted, ask } = createOperatedPipeline();
  const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "odd", delay: "1 hour" });
  const [changed] = await pipeline.ports.runs.change([
    { id, when: {}, set: { dueAt: 9e15, availableAt: 9e15, expiresAt: 9e15 } },
  ]);
  expect(changed).toEqual({ changed: true });
  expect(await ask("runs.show", { id })).toMatchObject({ dueAt: "9000000000000000 ms since 1970" });
  expect((await ask("runs.list", {})).runs).toMatchObject([{ id }]);
});
