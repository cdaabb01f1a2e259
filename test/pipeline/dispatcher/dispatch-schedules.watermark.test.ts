import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { dueShards, shardNumbers, shardOf } from "../../../shared/core/shard.ts";
import { every, schedule } from "../../../shared/index.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { auditSchedule } from "../../../shared/pipeline/schedules/ledger.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import { createPipeline, minute, scriptedJob, second } from "../support/pipeline-harness.ts";

/** Many names in each of two shards, and one in every other shard. */
const namesOf = (count: number): readonly string[] => {
  const byShard = shardNumbers(dueShards).map((shard) => ({ shard, names: [] as string[] }));
  const wanted = (shard: number) => (shard < 2 ? count : 1);
  for (let i = 0; byShard.some(({ shard, names }) => names.length < wanted(shard)); i++) {
    const [name, shard] = [`s-${i}`, shardOf(`s-${i}`, dueShards)];
    const names = byShard[shard]?.names;
    if (names && names.length < wanted(shard)) names.push(name);
  }
  return byShard.flatMap(({ names }) => names);
};

/** Schedules of every minute in a pipeline that was down for three. */
const createDelayed = async (count: number) => {
  const { scripted } = scriptedJob();
  const names = namesOf(count);
  const schedules = names.map((name) => schedule(every("1 minute"), scripted, {}, { name }));
  const pipeline = createPipeline([scripted], schedules);
  const { ports, clock } = pipeline;
  const registry = defineRegistry([scripted], schedules);
  await pipeline.reconcile();
  await clock.advance(3 * minute);
  const tick = (on: Ports = ports, ms = 55 * second, shards?: readonly number[]) =>
    dispatch(on, registry, { deadlineAt: clock.now() + ms, ...(shards && { shards }) });
  const withHoles = async (): Promise<number> => {
    let found = 0;
    for (const name of names.filter((_, i) => i % 7 === 0 || i > names.length - 20)) {
      const range = { from: 0, until: clock.now() };
      const { missing } = await auditSchedule({ ports, registry }, name, range);
      if (missing.length > 0) found++;
    }
    return found;
  };
  const marks: string[] = [];
  const { advance } = ports.watermarks;
  Object.assign(ports.watermarks, {
    advance: async (name: string, to: number) => {
      marks.push(name);
      return await advance(name, to);
    },
  });
  return { ...pipeline, tick, withHoles, marks };
};

describe("an audit reports no missing instant", () => {
  test("in shards that were fanned out but not finished", async () => {
    const { ports, tick, withHoles } = await createDelayed(300);
    const handed: number[] = [];
    const fanOut = async (shards: readonly number[]) => handed.push(...shards) > 0;
    await tick({ ...ports, fanOut });
    expect(handed).toEqual([0, 1]);
    expect(await withHoles()).toBe(0);
    await tick(ports, 55 * second, handed);
    expect(await withHoles()).toBe(0);
  });

  test("in shards that a tick had no time for", async () => {
    const { tick, withHoles } = await createDelayed(300);
    await tick(undefined, 9 * second);
    expect(await withHoles()).toBe(0);
  });

  test("in a shard whose schedules could not be read", async () => {
    const { ports, clock, tick, withHoles } = await createDelayed(10);
    const due: Ports["schedules"]["due"] = async (lane, query) => {
      if (query.shard === 3) throw new Error("ThrottlingException");
      return await ports.schedules.due(lane, query);
    };
    const ticking = tick({ ...ports, schedules: { ...ports.schedules, due } }).catch(String);
    await clock.advance(30 * second);
    expect(await ticking).toContain("1 of 16 shards failed; the next tick retries them");
    expect(await withHoles()).toBe(0);
  });

  test("of schedules whose occurrences could not be sent", async () => {
    const { ports, tick, withHoles } = await createDelayed(10);
    const send: Ports["queue"]["send"] = async (all) =>
      all.map(({ body }) => (body.includes("s-1@") ? "ThrottlingException" : undefined));
    await tick({ ...ports, queue: { ...ports.queue, send } });
    expect(await withHoles()).toBe(0);
  });
});

test("writes one watermark in a tick that finished everything", async () => {
  const { ports, tick, marks, clock } = await createDelayed(10);
  await tick();
  expect(marks).toEqual(["dispatched"]);
  expect((await ports.watermarks.read()).get("dispatched")).toBe(clock.now());
});

test("audits fanned-out shards once their invocation has finished them", async () => {
  const { ports, tick, marks } = await createDelayed(300);
  const handed: number[] = [];
  await tick({ ...ports, fanOut: async (shards) => handed.push(...shards) > 0 });
  await tick(ports, 55 * second, handed);
  expect(marks).not.toContain("dispatched");
  expect(new Set(marks).size).toBe(16);
});
