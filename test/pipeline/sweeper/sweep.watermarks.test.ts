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
const enqueueUnsent = async (pipeline: TestPipeline, job: Parameters<typeof enqueue>[1], key: string) => {
  const { send } = pipeline.ports.queue;
  const queue: { send: typeof send } = pipeline.ports.queue;
  queue.send = async (messages) => messages.map(() => "ServiceUnavailable");
  const { id } = await enqueue(pipeline.ports, job, {}, { key });
  queue.send = send;
  return id;
};

/** More runs in one list than a page has, each created later than the one before it. */
const enqueueInOneList = async (pipeline: TestPipeline, job: Parameters<typeof enqueue>[1]) => {
  const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`)
    .filter((key) => shardOf(`${job.name}:${key}`, listShards) === 0)
    .slice(0, 120);
  const ids: string[] = [];
  for (const key of keys) {
    ids.push(await enqueueUnsent(pipeline, job, key));
    await pipeline.clock.advance(1);
  }
  return ids;
};

/** A lane whose first message is always visible. */
const createBacklog = async () => {
  const { scripted } = scriptedJob();
  const pipeline = createPipeline([scripted]);
  await pipeline.reconcile();
  await pipeline.send("normal", JSON.stringify({ v: 1, job: "scripted", input: {}, key: "backlog" }));
  return { pipeline, scripted };
};

/** Replaces what `runs.change` answers, until the answer is undefined. */
const disturb = (
  pipeline: TestPipeline,
  answerTo: (change: Parameters<Change>[0][number], real: Change) => ReturnType<Change> | undefined,
) => {
  const { change } = pipeline.ports.runs;
  const runs: { change: Change } = pipeline.ports.runs;
  runs.change = async (changes) =>
    (await Promise.all(changes.map((one) => answerTo(one, change) ?? change([one])))).flat();
};

const sweepFor = async (pipeline: TestPipeline, minutes: number) => {
  for (let i = 0; i < minutes; i++) {
    await pipeline.sweep().catch(() => undefined);
    await pipeline.clock.advance(minute);
  }
};

const rescued = async (pipeline: TestPipeline, id: string) => {
  for (let i = 0; i < 14; i++) {
    await pipeline.drain();
    await pipeline.sweep();
    await pipeline.clock.advance(minute);
  }
  await pipeline.drain();
  return pipeline.run(id)?.state;
};

describe("a watermark of the sweeper", () => {
  test.each([
    ["the row is not known", () => undefined],
    ["the row is as it was", (pipeline: TestPipeline, id: string) => pipeline.run(id)],
  ])("does not pass a run whose watch was refused once, and %s", async (_, rowOf) => {
    const { pipeline, scripted } = await createBacklog();
    const id = await enqueueUnsent(pipeline, scripted, "wanted");
    let refusals = 0;
    disturb(pipeline, ({ id: changed, set }) =>
      changed === id && set.timerKey !== undefined && refusals++ === 0
        ? Promise.resolve([{ changed: false, now: rowOf(pipeline, id) }])
        : undefined,
    );
    await sweepFor(pipeline, 20);
    expect(refusals).toBeGreaterThan(1);
    expect(pipeline.run(id)?.timerKey).toMatch(/^sweep#/);
    expect(await rescued(pipeline, id)).toBe("succeeded");
  });

  test("does not pass runs whose watch failed as a whole", async () => {
    const { pipeline, scripted } = await createBacklog();
    const id = await enqueueUnsent(pipeline, scripted, "wanted");
    let failures = 3;
    disturb(pipeline, ({ id: changed }) => {
      if (changed === id && failures-- > 0) throw new Error("TimeoutError");
      return undefined;
    });
    await sweepFor(pipeline, 22);
    expect(pipeline.run(id)?.timerKey).toMatch(/^sweep#/);
  });

  test("passes a run whose watch took effect although the reply said that it had not", async () => {
    const { pipeline, scripted } = await createBacklog();
    const id = await enqueueUnsent(pipeline, scripted, "wanted");
    disturb(pipeline, (one, real) =>
      one.id === id && one.set.timerKey !== undefined
        ? real([one]).then(() => [{ changed: false, now: pipeline.run(id) }])
        : undefined,
    );
    await sweepFor(pipeline, 18);
    expect(pipeline.run(id)?.timerKey).toMatch(/^sweep#/);
    expect((await pipeline.ports.watermarks.read()).get("second-check#scripted")).toBeGreaterThan(
      pipeline.run(id)?.createdAt ?? Number.NaN,
    );
  });

  test("does not pass a run whose watch is refused while the time of the sweep runs out", async () => {
    const { pipeline, scripted } = await createBacklog();
    const ids = await enqueueInOneList(pipeline, scripted);
    const [first] = ids;
    let refusals = 0;
    disturb(pipeline, (one, real) => {
      if (one.set.timerKey === undefined) return undefined;
      if (one.id === first && refusals++ === 0)
        return Promise.resolve([{ changed: false, now: pipeline.run(one.id) }]);
      return pipeline.clock.sleep(200).then(() => real([one]));
    });
    await pipeline.clock.advance(15 * minute);
    const registry = defineRegistry([scripted]);
    for (let i = 0; i < 12; i++) {
      // There is time for the first page only.
      const sweeping = sweep(pipeline.ports, registry, pipeline.clock.now() + 10_100);
      await pipeline.clock.advance(minute);
      await sweeping;
    }
    expect(refusals).toBeGreaterThan(1);
    expect(ids.filter((id) => pipeline.run(id)?.timerKey === undefined)).toEqual([]);
  });

  test("of one job is not held back by a run of another job", async () => {
    const { scripted } = scriptedJob();
    const other = defineJob({ name: "other", input: z.object({}), run: () => undefined });
    const pipeline = createPipeline([scripted, other]);
    await pipeline.reconcile();
    const id = await enqueueUnsent(pipeline, other, "held");
    disturb(pipeline, (one) =>
      one.id === id ? Promise.resolve([{ changed: false, now: pipeline.run(id) }]) : undefined,
    );
    await pipeline.clock.advance(minute);
    await enqueue(pipeline.ports, scripted, {}, { key: "k" });
    await pipeline.drain();
    await sweepFor(pipeline, 20);
    const marks = await pipeline.ports.watermarks.read();
    expect(marks.get("second-check#scripted")).toBeGreaterThan(
      pipeline.run("scripted:k")?.createdAt ?? Number.NaN,
    );
    expect(marks.get("second-check#other")).toBe(pipeline.run(id)?.createdAt);
  });

  test("does not pass runs of a list that could not be read", async () => {
    const { pipeline, scripted } = await createBacklog();
    const id = await enqueueUnsent(pipeline, scripted, "wanted");
    const { read } = pipeline.ports.runs;
    const runs: { read: typeof read } = pipeline.ports.runs;
    runs.read = async () => {
      throw new Error("ProvisionedThroughputExceededException");
    };
    await sweepFor(pipeline, 20);
    runs.read = read;
    await sweepFor(pipeline, 2);
    expect(pipeline.run(id)?.timerKey).toMatch(/^sweep#/);
  });

  test("does not pass the page of a list that could not be read", async () => {
    const { pipeline, scripted } = await createBacklog();
    const ids = await enqueueInOneList(pipeline, scripted);
    const { read } = pipeline.ports.runs;
    const runs: { read: typeof read } = pipeline.ports.runs;
    runs.read = async (wanted) => {
      if (wanted.includes(ids.at(-1) ?? "")) throw new Error("ProvisionedThroughputExceededException");
      return await read(wanted);
    };
    await sweepFor(pipeline, 20);
    runs.read = read;
    await sweepFor(pipeline, 2);
    expect(ids.filter((id) => pipeline.run(id)?.timerKey === undefined)).toEqual([]);
  });

  test("is not written for a job that is idle", async () => {
    const { pipeline } = await createBacklog();
    const { watermarks } = pipeline.ports;
    const { advance } = watermarks;
    const written: string[] = [];
    Object.assign(watermarks, {
      advance: async (name: string, to: number) => {
        written.push(name);
        return await advance(name, to);
      },
    });
    await sweepFor(pipeline, 5);
    expect(new Set(written)).toEqual(new Set(["swept"]));
  });
});

describe("a message that was received too often", () => {
  test("is returned when its run cannot be watched", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "k" });
    const leaseUntil = pipeline.clock.now() + 12 * hour;
    await pipeline.ports.runs.claim([
      { id, generation: 1, token: "t", now: pipeline.clock.now(), leaseUntil },
    ]);
    let refusals = 3;
    disturb(pipeline, (one) =>
      one.set.timerKey !== undefined && refusals-- > 0
        ? Promise.resolve([{ changed: false, now: pipeline.run(id) }])
        : undefined,
    );
    for (let i = 0; i < 10; i++) {
      await pipeline.drain();
      await pipeline.clock.advance(31 * minute);
    }
    expect(pipeline.ports.queue.waiting("normal")).toHaveLength(1);
    await pipeline.drain();
    await pipeline.clock.advance(31 * minute);
    await pipeline.drain();
    expect(pipeline.run(id)?.timerKey).toMatch(/^sweep#/);
    expect(pipeline.ports.queue.waiting("normal")).toEqual([]);
  });
});

describe("a client that is deployed before the pipeline", () => {
  const fresh = defineJob({ name: "fresh", input: z.object({}), run: () => undefined });

  test("loses no run whose message was not sent", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await pipeline.reconcile();
    const id = await enqueueUnsent(pipeline, fresh, "k");
    await sweepFor(pipeline, 20);
    await pipeline.deploy([scripted, fresh], []);
    await pipeline.live(30 * minute);
    expect(pipeline.run(id)?.state).toBe("succeeded");
  });

  test("loses no run when the job's name could not be registered", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await pipeline.reconcile();
    const { ensure } = pipeline.ports.jobNames;
    Object.assign(pipeline.ports.jobNames, {
      ensure: async () => {
        throw new Error("ThrottlingException");
      },
    });
    const id = await enqueueUnsent(pipeline, fresh, "k");
    Object.assign(pipeline.ports.jobNames, { ensure });
    await sweepFor(pipeline, 20);
    expect(await pipeline.ports.jobNames.list()).toEqual(["scripted"]);
    await pipeline.deploy([scripted, fresh], []);
    await pipeline.live(30 * minute);
    expect(pipeline.run(id)?.state).toBe("succeeded");
  });

  test("has its runs watched although no deployment ever has the job", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await pipeline.reconcile();
    const id = await enqueueUnsent(pipeline, fresh, "k");
    await pipeline.live(3 * hour);
    expect(pipeline.run(id)?.state).toBe("dead");
    expect(pipeline.ports.queue.dead("normal")).toHaveLength(1);
  });
});
