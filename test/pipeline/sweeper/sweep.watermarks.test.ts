import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { listShards, shardOf } from "../../../shared/core/shard.ts";
import { defineJob } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { sweep } from "../../../shared/pipeline/sweeper/sweep.ts";
import { createPipeline, minute, scriptedJob, type TestPipeline } from "../support/pipeline-harness.ts";

const hour = 60 * minute;

type Ports = TestPipeline["ports"];
type Change = Ports["runs"]["change"];

/** A run without a message: it was lost when it was sent. */
const enqueueUnsent = async (world: TestPipeline, job: Parameters<typeof enqueue>[1], key: string) => {
  const { send } = world.ports.queue;
  const queue: { send: typeof send } = world.ports.queue;
  queue.send = async (messages) => messages.map(() => "ServiceUnavailable");
  const { id } = await enqueue(world.ports, job, {}, { key });
  queue.send = send;
  return id;
};

/** More runs in one list than a page has, each created later than the one before it. */
const enqueueInOneList = async (world: TestPipeline, job: Parameters<typeof enqueue>[1]) => {
  const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`)
    .filter((key) => shardOf(`${job.name}:${key}`, listShards) === 0)
    .slice(0, 120);
  const ids: string[] = [];
  for (const key of keys) {
    ids.push(await enqueueUnsent(world, job, key));
    await world.clock.advance(1);
  }
  return ids;
};

/** A lane whose first message is always visible. */
const createBacklog = async () => {
  const { scripted } = scriptedJob();
  const world = createPipeline([scripted]);
  await world.reconcile();
  await world.send("normal", JSON.stringify({ v: 1, job: "scripted", input: {}, key: "backlog" }));
  return { world, scripted };
};

/** Replaces what `runs.change` answers, until the answer is undefined. */
const disturb = (
  world: TestPipeline,
  answerTo: (change: Parameters<Change>[0][number], real: Change) => ReturnType<Change> | undefined,
) => {
  const { change } = world.ports.runs;
  const runs: { change: Change } = world.ports.runs;
  runs.change = async (changes) =>
    (await Promise.all(changes.map((one) => answerTo(one, change) ?? change([one])))).flat();
};

const sweepFor = async (world: TestPipeline, minutes: number) => {
  for (let i = 0; i < minutes; i++) {
    await world.sweep().catch(() => undefined);
    await world.clock.advance(minute);
  }
};

const rescued = async (world: TestPipeline, id: string) => {
  for (let i = 0; i < 14; i++) {
    await world.drain();
    await world.sweep();
    await world.clock.advance(minute);
  }
  await world.drain();
  return world.run(id)?.state;
};

describe("a watermark of the sweeper", () => {
  test.each([
    ["the row is not known", () => undefined],
    ["the row is as it was", (world: TestPipeline, id: string) => world.run(id)],
  ])("does not pass a run whose watch was refused once, and %s", async (_, rowOf) => {
    const { world, scripted } = await createBacklog();
    const id = await enqueueUnsent(world, scripted, "wanted");
    let refusals = 0;
    disturb(world, ({ id: changed, set }) =>
      changed === id && set.timerKey !== undefined && refusals++ === 0
        ? Promise.resolve([{ changed: false, now: rowOf(world, id) }])
        : undefined,
    );
    await sweepFor(world, 20);
    expect(refusals).toBeGreaterThan(1);
    expect(world.run(id)?.timerKey).toMatch(/^sweep#/);
    expect(await rescued(world, id)).toBe("succeeded");
  });

  test("does not pass runs whose watch failed as a whole", async () => {
    const { world, scripted } = await createBacklog();
    const id = await enqueueUnsent(world, scripted, "wanted");
    let failures = 3;
    disturb(world, ({ id: changed }) => {
      if (changed === id && failures-- > 0) throw new Error("TimeoutError");
      return undefined;
    });
    await sweepFor(world, 22);
    expect(world.run(id)?.timerKey).toMatch(/^sweep#/);
  });

  test("passes a run whose watch took effect although the reply said that it had not", async () => {
    const { world, scripted } = await createBacklog();
    const id = await enqueueUnsent(world, scripted, "wanted");
    disturb(world, (one, real) =>
      one.id === id && one.set.timerKey !== undefined
        ? real([one]).then(() => [{ changed: false, now: world.run(id) }])
        : undefined,
    );
    await sweepFor(world, 18);
    expect(world.run(id)?.timerKey).toMatch(/^sweep#/);
    expect((await world.ports.watermarks.read()).get("second-check#scripted")).toBeGreaterThan(
      world.run(id)?.createdAt ?? Number.NaN,
    );
  });

  test("does not pass a run whose watch is refused while the time of the sweep runs out", async () => {
    const { world, scripted } = await createBacklog();
    const ids = await enqueueInOneList(world, scripted);
    const [first] = ids;
    let refusals = 0;
    disturb(world, (one, real) => {
      if (one.set.timerKey === undefined) return undefined;
      if (one.id === first && refusals++ === 0)
        return Promise.resolve([{ changed: false, now: world.run(one.id) }]);
      return world.clock.sleep(200).then(() => real([one]));
    });
    await world.clock.advance(15 * minute);
    const registry = defineRegistry([scripted]);
    for (let i = 0; i < 12; i++) {
      // There is time for the first page only.
      const sweeping = sweep(world.ports, registry, world.clock.now() + 10_100);
      await world.clock.advance(minute);
      await sweeping;
    }
    expect(refusals).toBeGreaterThan(1);
    expect(ids.filter((id) => world.run(id)?.timerKey === undefined)).toEqual([]);
  });

  test("of one job is not held back by a run of another job", async () => {
    const { scripted } = scriptedJob();
    const other = defineJob({ name: "other", input: z.object({}), run: () => undefined });
    const world = createPipeline([scripted, other]);
    await world.reconcile();
    const id = await enqueueUnsent(world, other, "held");
    disturb(world, (one) =>
      one.id === id ? Promise.resolve([{ changed: false, now: world.run(id) }]) : undefined,
    );
    await world.clock.advance(minute);
    await enqueue(world.ports, scripted, {}, { key: "k" });
    await world.drain();
    await sweepFor(world, 20);
    const marks = await world.ports.watermarks.read();
    expect(marks.get("second-check#scripted")).toBeGreaterThan(
      world.run("scripted:k")?.createdAt ?? Number.NaN,
    );
    expect(marks.get("second-check#other")).toBe(world.run(id)?.createdAt);
  });

  test("does not pass runs of a list that could not be read", async () => {
    const { world, scripted } = await createBacklog();
    const id = await enqueueUnsent(world, scripted, "wanted");
    const { read } = world.ports.runs;
    const runs: { read: typeof read } = world.ports.runs;
    runs.read = async () => {
      throw new Error("ProvisionedThroughputExceededException");
    };
    await sweepFor(world, 20);
    runs.read = read;
    await sweepFor(world, 2);
    expect(world.run(id)?.timerKey).toMatch(/^sweep#/);
  });

  test("does not pass the page of a list that could not be read", async () => {
    const { world, scripted } = await createBacklog();
    const ids = await enqueueInOneList(world, scripted);
    const { read } = world.ports.runs;
    const runs: { read: typeof read } = world.ports.runs;
    runs.read = async (wanted) => {
      if (wanted.includes(ids.at(-1) ?? "")) throw new Error("ProvisionedThroughputExceededException");
      return await read(wanted);
    };
    await sweepFor(world, 20);
    runs.read = read;
    await sweepFor(world, 2);
    expect(ids.filter((id) => world.run(id)?.timerKey === undefined)).toEqual([]);
  });

  test("is not written for a job that is idle", async () => {
    const { world } = await createBacklog();
    const { watermarks } = world.ports;
    const { advance } = watermarks;
    const written: string[] = [];
    Object.assign(watermarks, {
      advance: async (name: string, to: number) => {
        written.push(name);
        return await advance(name, to);
      },
    });
    await sweepFor(world, 5);
    expect(new Set(written)).toEqual(new Set(["swept"]));
  });
});

describe("a message that was received too often", () => {
  test("is returned when its run cannot be watched", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    const { id } = await enqueue(world.ports, scripted, {}, { key: "k" });
    const leaseUntil = world.clock.now() + 12 * hour;
    await world.ports.runs.claim([{ id, generation: 1, token: "t", now: world.clock.now(), leaseUntil }]);
    let refusals = 3;
    disturb(world, (one) =>
      one.set.timerKey !== undefined && refusals-- > 0
        ? Promise.resolve([{ changed: false, now: world.run(id) }])
        : undefined,
    );
    for (let i = 0; i < 10; i++) {
      await world.drain();
      await world.clock.advance(31 * minute);
    }
    expect(world.ports.queue.waiting("normal")).toHaveLength(1);
    await world.drain();
    await world.clock.advance(31 * minute);
    await world.drain();
    expect(world.run(id)?.timerKey).toMatch(/^sweep#/);
    expect(world.ports.queue.waiting("normal")).toEqual([]);
  });
});

describe("a client that is deployed before the pipeline", () => {
  const fresh = defineJob({ name: "fresh", input: z.object({}), run: () => undefined });

  test("loses no run whose message was not sent", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    await world.reconcile();
    const id = await enqueueUnsent(world, fresh, "k");
    await sweepFor(world, 20);
    await world.deploy([scripted, fresh], []);
    await world.live(30 * minute);
    expect(world.run(id)?.state).toBe("succeeded");
  });

  test("loses no run when the job's name could not be registered", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    await world.reconcile();
    const { ensure } = world.ports.jobNames;
    Object.assign(world.ports.jobNames, {
      ensure: async () => {
        throw new Error("ThrottlingException");
      },
    });
    const id = await enqueueUnsent(world, fresh, "k");
    Object.assign(world.ports.jobNames, { ensure });
    await sweepFor(world, 20);
    expect(await world.ports.jobNames.list()).toEqual(["scripted"]);
    await world.deploy([scripted, fresh], []);
    await world.live(30 * minute);
    expect(world.run(id)?.state).toBe("succeeded");
  });

  test("has its runs watched although no deployment ever has the job", async () => {
    const { scripted } = scriptedJob();
    const world = createPipeline([scripted]);
    await world.reconcile();
    const id = await enqueueUnsent(world, fresh, "k");
    await world.live(3 * hour);
    expect(world.run(id)?.state).toBe("dead");
    expect(world.ports.queue.dead("normal")).toHaveLength(1);
  });
});
