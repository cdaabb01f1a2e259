import { describe, expect, test } from "@jest/globals";
import { NotFoundError } from "../../../shared/core/errors.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { operate } from "../../../shared/operations/operation.ts";
import { runList } from "../../../shared/operations/runs/list-runs.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { createPipeline, scriptedJob } from "../../pipeline/support/pipeline-harness.ts";

const setUp = () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  return { pipeline, scripted, context: { ports: pipeline.ports, registry: defineRegistry([scripted]) } };
};

describe("runs.list", () => {
  test("lists runs newest first, whatever shard they are in", async () => {
    const { pipeline, scripted, context } = setUp();
    const ids: string[] = [];
    for (let i = 0; i < 30; i++) {
      ids.unshift((await enqueue(pipeline.ports, scripted, {})).id);
      await pipeline.clock.advance(7);
    }
    const listed = await operate(runList, { limit: 10 }, context);
    expect(listed.runs.map(({ id }) => id)).toEqual(ids.slice(0, 10));
    expect(listed).toMatchObject({ scanned: 10, nextCursor: expect.any(String) });
    const whole = await operate(runList, { limit: 30 }, context);
    expect(whole).toMatchObject({ scanned: 30 });
    expect(whole).not.toHaveProperty("nextCursor");
  });

  test("pages to the oldest run by its cursor, also when only some runs are of the state", async () => {
    const { pipeline, scripted, context } = setUp();
    for (let i = 0; i < 25; i++)
      await enqueue(pipeline.ports, scripted, { fatal: i % 5 === 0 }, { key: `${i}` });
    await pipeline.drain();
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

  test("finds the runs of one state among others, and says how far it scanned", async () => {
    const { pipeline, scripted, context } = setUp();
    await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "doomed" });
    await enqueue(pipeline.ports, scripted, {}, { key: "fine" });
    await pipeline.drain();
    const { runs, scanned } = await operate(runList, { state: "dead" }, context);
    expect(runs).toMatchObject([
      {
        id: "scripted:doomed",
        state: "dead",
        reason: "asked to die",
        error: { name: "FatalError" },
        attempts: 1,
      },
    ]);
    expect(scanned).toBe(2);
  });

  test("says when a run is tried next, and that it failed", async () => {
    const { pipeline, scripted, context } = setUp();
    await enqueue(pipeline.ports, scripted, { fail: 1 });
    await pipeline.drain();
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
    const { pipeline, context } = setUp();
    await pipeline.ports.jobNames.ensure(["retired"]);
    expect(await operate(runList, { job: "retired" }, context)).toEqual({ runs: [], scanned: 0 });
    const asked = operate(runList, { job: "fax" }, context);
    await expect(asked).rejects.toThrow(
      new NotFoundError({ kind: "job", name: "fax", expected: "one of retired, scripted" }),
    );
  });
});
