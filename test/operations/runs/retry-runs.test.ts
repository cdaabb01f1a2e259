import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { DefinitionError, NotFoundError } from "../../../shared/core/errors.ts";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { deadKey, deadSortOf } from "../../../shared/core/shard.ts";
import { defineJob, every, FatalError, schedule } from "../../../shared/index.ts";
import { enqueue, enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { inState } from "../../../shared/testing/contract/rows.ts";
import { now } from "../../core/runs/any-run.ts";
import { operatorOf } from "../../pipeline/support/operations-harness.ts";
import { createPipeline, minute, second } from "../../pipeline/support/pipeline-harness.ts";

/** A job that dies until its dependency is repaired. */
const createRepairable = () => {
  let isBroken = true;
  const started: string[] = [];
  const ship = defineJob({
    name: "ship",
    input: z.object({ order: z.string(), reason: z.string().default("no carrier") }),
    run: ({ input, run }) => {
      started.push(run.id);
      if (isBroken) throw new FatalError(input.reason);
      return "shipped";
    },
  });
  const schedules = [schedule(every("1 minute"), ship, { order: "due" }, { name: "often", overlap: "skip" })];
  const pipeline = createPipeline([ship], schedules);
  const context = { ports: pipeline.ports, registry: defineRegistry([ship], schedules) };
  const repair = () => {
    isBroken = false;
  };
  return { pipeline, ship, started, repair, ask: operatorOf(() => context) };
};

const killMany = async (count: number) => {
  const operated = createRepairable();
  const { pipeline, ship } = operated;
  const orders = Array.from({ length: count }, (_, i) => `order-${i}`);
  await enqueueMany(
    pipeline.ports,
    orders.map((order) => ({ job: ship, input: { order }, options: { key: order } })),
  );
  await pipeline.drain();
  await pipeline.clock.advance(second);
  return { ...operated, statesOf: () => countBy(pipeline.runs().map(({ state }) => state)) };
};

/** Runs of one shard, each dead of a cause of its own. */
const deadOfManyCauses = async (count: number) => {
  const operated = createRepairable();
  const ttl = 9_999_999_999;
  const rows = Array.from({ length: count }, (_, i) =>
    inState("dead", `r${i}`, now, {
      id: `ship:r${i}`,
      job: "ship",
      input: '{"order":"a"}',
      generation: 2,
      ttl,
      deadKey: deadKey("ship", 0),
      deadSort: deadSortOf(i.toString(16).padStart(12, "0"), now),
    }),
  );
  await operated.pipeline.ports.runs.create(rows);
  return operated;
};

const countBy = (texts: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(texts, (text) => text)].map(([text, all]) => [text, all.length]));

describe("runs.retry", () => {
  test("runs a dead run again with all its attempts, and deletes its dead letter", async () => {
    const { pipeline, ship, repair, ask } = createRepairable();
    const { id } = await enqueue(pipeline.ports, ship, { order: "a" }, { key: "a" });
    await pipeline.drain();
    expect(pipeline.ports.queue.dead("normal")).toHaveLength(1);
    repair();
    await pipeline.clock.advance(minute);
    const retried = await ask("runs.retry", { id });
    expect(retried).toMatchObject({ outcome: "retried", run: { id, state: "queued" }, discarded: 1 });
    await pipeline.drain();
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", generation: 2, result: '"shipped"' });
    expect(pipeline.ports.queue.dead("normal")).toEqual([]);
  });

  test("leaves a run that is not dead as it is, one that was just retried among them", async () => {
    const { pipeline, ship, repair, ask } = createRepairable();
    const { id } = await enqueue(pipeline.ports, ship, { order: "a" });
    expect(await ask("runs.retry", { id })).toMatchObject({ outcome: "not-dead", run: { state: "queued" } });
    await pipeline.drain();
    await ask("runs.retry", { id });
    const before = pipeline.runs();
    expect(await ask("runs.retry", { id })).toMatchObject({ outcome: "not-dead" });
    expect(pipeline.runs()).toEqual(before);
    repair();
    await pipeline.drain();
    expect(await ask("runs.retry", { id })).toMatchObject({
      outcome: "not-dead",
      run: { state: "succeeded" },
    });
    await expect(ask("runs.retry", { id: "ship:none" })).rejects.toThrow(NotFoundError);
  });

  test("brings the run back although its message is lost", async () => {
    const { pipeline, ship, repair, ask } = createRepairable();
    const { id } = await enqueue(pipeline.ports, ship, { order: "a" });
    await pipeline.drain();
    repair();
    const { send } = pipeline.ports.queue;
    Object.assign(pipeline.ports.queue, { send: async (all: readonly unknown[]) => all.map(() => "lost") });
    await ask("runs.retry", { id });
    Object.assign(pipeline.ports.queue, { send });
    expect(pipeline.run(id)?.state).toBe("queued");
    await pipeline.live(7 * minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", generation: 2 });
  });

  test("asks neither the overlap policy nor a pause of the schedule", async () => {
    const { pipeline, repair, ask } = createRepairable();
    await pipeline.reconcile();
    await pipeline.live(2 * minute);
    const dead = pipeline.runs().find(({ state }) => state === "dead");
    if (!dead) throw new Error("no dead run");
    await ask("schedules.pause", { name: "often" });
    repair();
    await ask("runs.retry", { id: dead.id });
    await pipeline.drain();
    expect(pipeline.run(dead.id)?.state).toBe("succeeded");
  });
});

describe("runs.count-dead", () => {
  test("counts the dead runs of a job by cause, with the reason and one run of each", async () => {
    const { pipeline, ship, ask } = await killMany(5);
    await enqueue(pipeline.ports, ship, { order: "x", reason: "wrong address" }, { key: "x" });
    await enqueue(pipeline.ports, ship, { order: "y" }, { key: "y", delay: "1 day" });
    await pipeline.drain();
    const { groups, total, isComplete } = await ask("runs.count-dead", { job: "ship" });
    expect({ total, isComplete }).toEqual({ total: 6, isComplete: true });
    expect(groups).toMatchObject([
      { count: 5, reason: "no carrier", firstDiedAt: expect.any(String) },
      { count: 1, reason: "wrong address", example: "ship:x", lastDiedAt: expect.any(String) },
    ]);
  });

  test.each([
    ["reason", { reason: "WRONG" }, 1],
    ["reason that none has", { reason: "nothing" }, 0],
    ["instant", { since: "2026-01-01T00:00:00.500Z" }, 1],
    ["length of time", { since: "1 second" }, 1],
  ])("counts those of one %s", async (_, filter, total) => {
    const { pipeline, ship, ask } = await killMany(3);
    await enqueue(pipeline.ports, ship, { order: "x", reason: "wrong address" }, { key: "x" });
    await pipeline.drain();
    expect(await ask("runs.count-dead", { job: "ship", ...filter })).toMatchObject({ total });
  });

  test("counts those of one fingerprint", async () => {
    const { pipeline, ship, ask } = await killMany(3);
    await enqueue(pipeline.ports, ship, { order: "x", reason: "wrong address" }, { key: "x" });
    await pipeline.drain();
    const { groups } = await ask("runs.count-dead", { job: "ship" });
    const { fingerprint } = groups[1];
    expect(await ask("runs.count-dead", { job: "ship", fingerprint })).toMatchObject({
      total: 1,
      groups: [groups[1]],
    });
  });

  test("counts every cause when a shard has more of them than one look finds", async () => {
    const { ask } = await deadOfManyCauses(450);
    const { groups, total, isComplete } = await ask("runs.count-dead", { job: "ship" });
    expect({ causes: groups.length, total, isComplete }).toEqual({
      causes: 450,
      total: 450,
      isComplete: true,
    });
  });

  test("says that the count is not complete when there are more causes than it counts", async () => {
    const { ask } = await deadOfManyCauses(1_001);
    const { groups, total, isComplete } = await ask("runs.count-dead", { job: "ship" });
    expect({ causes: groups.length, total, isComplete }).toEqual({
      causes: 1_000,
      total: 1_000,
      isComplete: false,
    });
  });

  test("refuses a job that does not exist", async () => {
    const { ask } = createRepairable();
    await expect(ask("runs.count-dead", { job: "fax" })).rejects.toThrow(NotFoundError);
  });
});

describe("runs.retry-dead", () => {
  test("retries page by page, each run once, until it answers no cursor", async () => {
    const { repair, ask, statesOf, pipeline, started } = await killMany(250);
    repair();
    const answers: { readonly retried: number; readonly nextCursor?: string }[] = [];
    let cursor: string | undefined;
    do {
      const more = cursor === undefined ? {} : { cursor };
      const answer = await ask("runs.retry-dead", { job: "ship", limit: 80, ...more });
      answers.push(answer);
      cursor = answer.nextCursor;
    } while (cursor !== undefined);
    expect(answers.reduce((sum, { retried }) => sum + retried, 0)).toBe(250);
    expect(Math.max(...answers.map(({ retried }) => retried))).toBe(80);
    await pipeline.drain();
    expect(statesOf()).toEqual({ succeeded: 250 });
    expect(started).toHaveLength(500);
    expect(new Set(started).size).toBe(250);
  });

  test("retries every run, each once, when a shard has more causes than one look finds", async () => {
    const { ask, pipeline } = await deadOfManyCauses(450);
    let retried = 0;
    let cursor: string | undefined;
    do {
      const more = cursor === undefined ? {} : { cursor };
      const answer = await ask("runs.retry-dead", { job: "ship", limit: 60, ...more });
      retried += answer.retried;
      cursor = answer.nextCursor;
    } while (cursor !== undefined);
    expect(retried).toBe(450);
    expect(countBy(pipeline.runs().map(({ state, generation }) => `${state} ${generation}`))).toEqual({
      "queued 2": 450,
    });
  });

  test("continues where it was interrupted when it is simply repeated", async () => {
    const { repair, ask, statesOf } = await killMany(30);
    repair();
    expect(await ask("runs.retry-dead", { job: "ship", limit: 20 })).toMatchObject({ retried: 20 });
    expect(await ask("runs.retry-dead", { job: "ship", limit: 20 })).toMatchObject({ retried: 10 });
    expect(await ask("runs.retry-dead", { job: "ship", limit: 20 })).toMatchObject({ retried: 0 });
    expect(statesOf()).toEqual({ queued: 30 });
  });

  test("retries only those of a reason, and deletes the dead letters of those alone", async () => {
    const { pipeline, ship, ask, statesOf } = await killMany(3);
    await enqueue(pipeline.ports, ship, { order: "x", reason: "wrong address" }, { key: "x" });
    await pipeline.drain();
    const retried = await ask("runs.retry-dead", { job: "ship", reason: "carrier" });
    expect(retried).toEqual({ retried: 3, discarded: 3 });
    expect(statesOf()).toEqual({ queued: 3, dead: 1 });
    expect(pipeline.ports.queue.dead("normal").map(({ body }) => JSON.parse(body).id)).toEqual(["ship:x"]);
  });

  test("refuses a cursor that no page has answered", async () => {
    const { ask } = createRepairable();
    await expect(ask("runs.retry-dead", { job: "ship", cursor: "guess" })).rejects.toThrow(DefinitionError);
  });
});
