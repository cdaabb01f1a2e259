import { describe, expect, test } from "@jest/globals";
import { NotFoundError } from "../../../shared/core/errors.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { recordStart } from "../../../shared/core/runs/settle.ts";
import { operate } from "../../../shared/operations/operation.ts";
import { runList } from "../../../shared/operations/runs/list-runs.ts";
import { runShow } from "../../../shared/operations/runs/show-run.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, minute, scriptedJob, second } from "../../pipeline/support/pipeline-harness.ts";

const setUp = () => {
  const { scripted } = scriptedJob();
  const world = createPipeline([scripted]);
  return { world, scripted, context: { ports: world.ports, registry: defineRegistry([scripted]) } };
};

describe("runs.list", () => {
  test("lists runs newest first, whatever shard they are in", async () => {
    const { world, scripted, context } = setUp();
    const ids: string[] = [];
    for (let i = 0; i < 30; i++) {
      ids.unshift((await enqueue(world.ports, scripted, {})).id);
      await world.clock.advance(7);
    }
    const listed = await operate(runList, { limit: 10 }, context);
    expect(listed.runs.map(({ id }) => id)).toEqual(ids.slice(0, 10));
    expect(listed).toMatchObject({ looked: 10, nextCursor: expect.any(String) });
    const whole = await operate(runList, { limit: 30 }, context);
    expect(whole).toMatchObject({ looked: 30 });
    expect(whole).not.toHaveProperty("nextCursor");
  });

  test("pages to the oldest run by its cursor, also when only some runs are of the state", async () => {
    const { world, scripted, context } = setUp();
    for (let i = 0; i < 25; i++)
      await enqueue(world.ports, scripted, { fatal: i % 5 === 0 }, { key: `${i}` });
    await world.drain();
    const pages = async (input: object) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await operate(runList, { ...input, ...(cursor && { cursor }) }, context);
        found.push(...page.runs.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return found;
    };
    const all = await pages({ limit: 4 });
    expect(all).toHaveLength(25);
    expect(new Set(all).size).toBe(25);
    const dead = await pages({ limit: 2, state: "dead", job: "scripted" });
    expect(new Set(dead)).toEqual(new Set([0, 5, 10, 15, 20].map((i) => `scripted:${i}`)));
  });

  test("refuses a cursor that no page has answered", async () => {
    await expect(operate(runList, { cursor: "guess" }, setUp().context)).rejects.toThrow(/^cursor: expected/);
  });

  test("finds the runs of one state among others, and says how far it looked", async () => {
    const { world, scripted, context } = setUp();
    await enqueue(world.ports, scripted, { fatal: true }, { key: "doomed" });
    await enqueue(world.ports, scripted, {}, { key: "fine" });
    await world.drain();
    const { runs, looked } = await operate(runList, { state: "dead" }, context);
    expect(runs).toMatchObject([
      {
        id: "scripted:doomed",
        state: "dead",
        reason: "asked to die",
        error: { name: "FatalError" },
        attempts: 1,
      },
    ]);
    expect(looked).toBe(2);
  });

  test("says when a run is tried next, and that it failed", async () => {
    const { world, scripted, context } = setUp();
    await enqueue(world.ports, scripted, { fail: 1 });
    await world.drain();
    const { runs } = await operate(runList, { job: "scripted" }, context);
    expect(runs).toMatchObject([
      {
        state: "retry",
        nextAttemptAt: "2026-01-01T00:00:01.000Z",
        error: { message: "asked to fail attempt 1" },
      },
    ]);
  });

  test("knows jobs of former deployments, and no others", async () => {
    const { world, context } = setUp();
    await world.ports.jobNames.ensure(["retired"]);
    expect(await operate(runList, { job: "retired" }, context)).toEqual({ runs: [], looked: 0 });
    const asked = operate(runList, { job: "fax" }, context);
    await expect(asked).rejects.toThrow(
      new NotFoundError('there is no job "fax": expected one of retired, scripted'),
    );
  });
});

describe("runs.show", () => {
  test("shows a run that succeeded with its input and its result, wherever they are kept", async () => {
    const { world, scripted, context } = setUp();
    const value = "x".repeat(2_000);
    const { id } = await enqueue(world.ports, scripted, { value }, { tenant: "mill", tags: ["corn"] });
    await world.drain();
    expect(await operate(runShow, { id }, context)).toMatchObject({
      id,
      state: "succeeded",
      generation: 1,
      attempts: 1,
      crashes: 0,
      tenant: "mill",
      tags: ["corn"],
      input: { value },
      result: value,
    });
  });

  test("shows when one that failed is tried next, and how often still", async () => {
    const { world, scripted, context } = setUp();
    const { id } = await enqueue(world.ports, scripted, { fail: 9 });
    await world.drain();
    expect(await operate(runShow, { id }, context)).toMatchObject({
      state: "retry",
      attempts: 1,
      attemptsLeft: 2,
      nextAttemptAt: "2026-01-01T00:00:01.000Z",
      error: { name: "Error", message: "asked to fail attempt 1" },
      input: { fail: 9 },
    });
  });

  test("shows why a dead one died", async () => {
    const { world, scripted, context } = setUp();
    const { id } = await enqueue(world.ports, scripted, { fail: 9 });
    await world.live(20 * second);
    const shown = await operate(runShow, { id }, context);
    expect(shown).toMatchObject({
      state: "dead",
      attempts: 3,
      generation: 2,
      crashes: 0,
      reason: "attempt 3 of 3 failed with Error: asked to fail attempt 3",
    });
    expect(shown).not.toHaveProperty("attemptsLeft");
    expect(shown).not.toHaveProperty("nextAttemptAt");
  });

  test("shows until when a running one is leased, and that its worker was killed before", async () => {
    const { world, scripted, context } = setUp();
    const { id } = await enqueue(world.ports, scripted, {});
    const claim = {
      id,
      generation: 1,
      token: "a",
      now: world.clock.now(),
      leaseUntil: world.clock.now() + 1_000,
    };
    const [held] = await world.ports.runs.claim([claim]);
    if (held && "run" in held) await world.ports.runs.change([recordStart(held.run)]);
    await world.clock.advance(minute);
    const leaseUntil = world.clock.now() + 30 * second;
    await world.ports.runs.claim([{ ...claim, token: "b", now: world.clock.now(), leaseUntil }]);
    expect(await operate(runShow, { id }, context)).toMatchObject({
      state: "running",
      attempts: 2,
      attemptsLeft: 2,
      crashes: 1,
      leaseUntil: new Date(leaseUntil).toISOString(),
    });
  });

  test("has a note in place of a result that was not kept", async () => {
    const { world, scripted, context } = setUp();
    const { id } = await enqueue(world.ports, scripted, { value: "x".repeat(400_000).slice(0, 340_000) });
    await world.drain();
    const gone = { ...context.ports.payloads, load: async () => undefined };
    const shown = await operate(runShow, { id }, { ...context, ports: { ...context.ports, payloads: gone } });
    expect(shown).toMatchObject({
      inputNote: "its stored input has expired: inputs are kept for 90 days",
      resultNote: "its stored result is gone",
    });
  });

  test("says that there is no such run", async () => {
    await expect(operate(runShow, { id: "scripted:none" }, setUp().context)).rejects.toThrow(NotFoundError);
  });
});
