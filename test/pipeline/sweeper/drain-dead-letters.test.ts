import { describe, expect, test } from "@jest/globals";
import { type LaneName, maxReceiveCount } from "../../../shared/core/lane.ts";
import { defineJob, every, schedule } from "../../../shared/index.ts";
import { enqueue } from "../../../shared/pipeline/enqueue/enqueue.ts";
import { rescheduleRun } from "../../../shared/pipeline/runs/reschedule.ts";
import {
  createPipeline,
  minute,
  scriptedJob,
  second,
  type TestPipeline,
} from "../support/pipeline-harness.ts";

const hour = 60 * minute;

const warnings = ({ lines }: TestPipeline) =>
  lines.filter(({ level }) => level === "warn" || level === "error").map(({ message }) => message);

const reasons = ({ ports }: TestPipeline, lane: LaneName = "normal") =>
  ports.queue.dead(lane).map(({ reason }) => reason);

/** A dead letter as SQS makes it. */
const deadLetterNatively = ({ ports }: TestPipeline, body: object | string, lane: LaneName = "normal") => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return ports.queue.sendDeadLetters([{ lane, body: text, delaySeconds: 0 }]);
};

/** The workers of a lane do not start. SQS counts receives all the same, until it dead-letters the messages. */
const giveUp = async (pipeline: TestPipeline, lane: LaneName, visibility: number) => {
  for (let i = 0; i <= maxReceiveCount + 1; i++) {
    pipeline.receive(lane);
    await pipeline.clock.advance(visibility + second);
  }
};

const sweepFor = async (pipeline: TestPipeline, minutes: number) => {
  for (let i = 0; i < minutes; i++) {
    await pipeline.sweep();
    await pipeline.clock.advance(minute);
  }
};

/** Every write and read of the store fails until an instant. */
const breakStore = ({ ports, clock }: TestPipeline, until: number) => {
  for (const port of [ports.runs, ports.schedules, ports.payloads, ports.metrics]) {
    for (const [name, real] of Object.entries(port)) {
      if (name === "all") continue;
      Reflect.set(port, name, async (...args: readonly unknown[]) => {
        if (clock.now() < until) throw new Error("InternalServerError");
        return await Reflect.apply(real, port, args);
      });
    }
  }
};

describe("after an outage in which SQS dead-lettered the messages", () => {
  test.each([
    ["critical", 40],
    ["high", 90],
  ] as const)("runs on lane %s succeed after %d minutes", async (lane, minutes) => {
    const pay = defineJob({ name: "pay", priority: lane, run: () => undefined });
    const pipeline = createPipeline([pay]);
    const { ports, clock } = pipeline;
    await pipeline.reconcile();
    for (let i = 0; i < 5; i++) await enqueue(ports, pay, undefined, { key: `k${i}` });
    await pipeline.send(lane, JSON.stringify({ v: 1, job: "pay", key: "bare" }));
    const end = clock.now() + minutes * minute;
    breakStore(pipeline, end);
    while (clock.now() < end) {
      await pipeline.drain();
      await clock.advance(second);
    }
    expect(ports.queue.dead(lane)).toHaveLength(6);
    await pipeline.live(60 * minute);
    expect(pipeline.runs().map(({ state }) => state)).toEqual(Array(6).fill("succeeded"));
    expect(ports.queue.dead(lane)).toEqual([]);
  });

  test("a rescheduled run keeps its instant", async () => {
    const pay = defineJob({ name: "pay", priority: "critical", run: () => undefined });
    const pipeline = createPipeline([pay]);
    await pipeline.reconcile();
    const { id } = await enqueue(pipeline.ports, pay);
    const tonight = pipeline.clock.now() + 12 * hour;
    await rescheduleRun(pipeline.ports, id, new Date(tonight));
    await giveUp(pipeline, "critical", 6 * minute);
    await sweepFor(pipeline, 5);
    expect(pipeline.run(id)).toMatchObject({
      state: "parked",
      dueAt: tonight,
      availableAt: tonight,
      timerAt: tonight,
    });
    expect(pipeline.ports.queue.dead("critical")).toEqual([]);
    await pipeline.live(tonight - pipeline.clock.now() + minute);
    expect(pipeline.run(id)).toMatchObject({ state: "succeeded", startedAt: tonight });
  });

  test("a run that waits hours for its next attempt keeps that instant", async () => {
    const starts: number[] = [];
    const pipeline: TestPipeline = createPipeline([
      defineJob({
        name: "later",
        retry: { attempts: 3, base: "3 hours", cap: "3 hours" },
        run: () => {
          starts.push(pipeline.clock.now());
          if (starts.length === 1) throw new Error("not yet");
        },
      }),
    ]);
    await pipeline.send("normal", JSON.stringify({ v: 1, job: "later", key: "k" }));
    await pipeline.drain();
    await deadLetterNatively(pipeline, { v: 1, job: "later", key: "k" });
    await pipeline.live(10 * minute);
    expect(starts).toHaveLength(1);
    const { availableAt } = pipeline.run("later:k") ?? {};
    await pipeline.live(4 * hour);
    expect(starts[1]).toBeGreaterThanOrEqual(availableAt ?? Number.NaN);
    expect(pipeline.run("later:k")?.state).toBe("succeeded");
  });

  test("occurrences are neither dead nor counted towards pauseAfterDeaths", async () => {
    const beat = defineJob({ name: "beat", run: () => undefined });
    const beats = schedule(every("1 minute"), beat, undefined, { pauseAfterDeaths: 2 });
    const pipeline = createPipeline([beat], [beats]);
    await pipeline.reconcile();
    await pipeline.tick();
    await giveUp(pipeline, "normal", 30 * minute);
    await sweepFor(pipeline, 5);
    expect(pipeline.runs().map(({ state }) => state)).toEqual(["queued", "queued", "queued"]);
    expect((await pipeline.ports.schedules.read(["beat"])).get("beat")?.state).toBe("active");
    await pipeline.live(5 * minute);
    const now = pipeline.clock.now();
    const waiting = pipeline.runs().filter(({ state, dueAt }) => state === "queued" && dueAt < now);
    expect(waiting).toEqual([]);
  });
});

describe("a native dead letter", () => {
  test("of a run under lease is deleted, and the run is watched from the end of its lease", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "k" });
    const leaseUntil = pipeline.clock.now() + 5 * minute;
    await pipeline.ports.runs.claim([
      { id, generation: 1, token: "t", now: pipeline.clock.now(), leaseUntil },
    ]);
    await deadLetterNatively(pipeline, { v: 1, job: "scripted", id, generation: 1 });
    await pipeline.sweep();
    expect(pipeline.run(id)).toMatchObject({ state: "running", timerAt: leaseUntil });
    expect(reasons(pipeline)).toEqual([]);
  });

  test("stays until its run can be watched", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "k" });
    await deadLetterNatively(pipeline, { v: 1, job: "scripted", id, generation: 1 });
    const { change } = pipeline.ports.runs;
    const runs: { change: typeof change } = pipeline.ports.runs;
    runs.change = async (changes) => changes.map(() => ({ changed: false, now: pipeline.run(id) }));
    await pipeline.sweep();
    expect(reasons(pipeline)).toEqual([undefined]);
    runs.change = change;
    await pipeline.clock.advance(minute);
    await pipeline.sweep();
    expect(reasons(pipeline)).toEqual([]);
    expect(pipeline.run(id)?.timerKey).toMatch(/^sweep#/);
  });

  test("without a row becomes a watched run", async () => {
    const { scripted, started } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await deadLetterNatively(pipeline, {
      v: 1,
      job: "scripted",
      key: "k",
      input: { value: "x".repeat(700) },
    });
    await pipeline.sweep();
    expect(pipeline.run("scripted:k")).toMatchObject({
      state: "queued",
      timerKey: expect.stringMatching(/^sweep#/),
    });
    expect(reasons(pipeline)).toEqual([]);
    await pipeline.live(2 * minute);
    expect(started).toHaveLength(1);
    expect(pipeline.run("scripted:k")?.state).toBe("succeeded");
  });

  test("without a row that is due later does not run early", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const dueAt = pipeline.clock.now() + 2 * hour;
    await deadLetterNatively(pipeline, { v: 1, job: "scripted", key: "k", input: {}, dueAt });
    await pipeline.live(3 * hour);
    expect(pipeline.run("scripted:k")).toMatchObject({ state: "succeeded", startedAt: dueAt });
  });

  test("that names a run of another job is refused, and does not change that run", async () => {
    const { scripted } = scriptedJob();
    const other = defineJob({ name: "other", run: () => undefined });
    const pipeline = createPipeline([scripted, other]);
    const { id } = await enqueue(pipeline.ports, scripted, {}, { key: "k", delay: "1 hour" });
    const before = pipeline.run(id);
    await deadLetterNatively(pipeline, { v: 1, job: "other", id });
    await sweepFor(pipeline, 2);
    expect(pipeline.run(id)).toEqual(before);
    expect(reasons(pipeline)).toEqual(['id: expected "other:…", got "scripted:k"']);
  });

  test("that has the key of another run and another input is refused, and does not change that run", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, { value: 1 }, { key: "k", delay: "1 hour" });
    const before = pipeline.run(id);
    await deadLetterNatively(pipeline, { v: 1, job: "scripted", key: "k", input: { value: 2 } });
    await sweepFor(pipeline, 2);
    expect(pipeline.run(id)).toEqual(before);
    expect(reasons(pipeline)).toEqual([expect.stringContaining("got another input")]);
  });

  test("of an unknown job is refused with the names of the existing jobs", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await deadLetterNatively(pipeline, { v: 1, job: "unknown" });
    await sweepFor(pipeline, 3);
    expect(reasons(pipeline)).toEqual(['expected the name of a job (scripted), got "unknown"']);
  });

  test("of a run whose job this deployment does not have leaves the run to its workers", async () => {
    const { scripted } = scriptedJob();
    const fresh = defineJob({ name: "fresh", run: () => undefined });
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, fresh);
    await deadLetterNatively(pipeline, { v: 1, job: "fresh", id, generation: 1 });
    await pipeline.sweep();
    expect(pipeline.run(id)).toMatchObject({ state: "queued", timerKey: expect.stringMatching(/^sweep#/) });
    expect(reasons(pipeline)).toEqual([]);
  });

  test.each([
    [
      "larger than a row can hold",
      JSON.stringify({ v: 1, job: "scripted", input: { value: "x".repeat(450_000) } }),
    ],
    ["no JSON", "hello"],
    ["of a newer version", JSON.stringify({ v: 2, job: "scripted" })],
    ["almost as large as a message can be", `hello${"x".repeat(1_048_400)}`],
  ])("that is %s is refused once, with a reason", async (_, body) => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await deadLetterNatively(pipeline, body);
    await sweepFor(pipeline, 30);
    expect(reasons(pipeline)).toEqual([expect.stringMatching(/expected/)]);
    expect(warnings(pipeline)).toEqual(["message refused"]);
    expect(pipeline.runs()).toEqual([]);
  });

  test("without room for a reason stays as it is, without a warning every minute", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    await deadLetterNatively(pipeline, "x".repeat(1_048_576));
    await sweepFor(pipeline, 30);
    expect(reasons(pipeline)).toEqual([undefined]);
    expect(warnings(pipeline)).toEqual([]);
  });

  test("causes one warning per lane and sweep with many others while the store is down", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const bodies = Array.from({ length: 25 }, (_, i) => ({ v: 1, job: "scripted", key: `k${i}`, input: {} }));
    for (const body of bodies) await deadLetterNatively(pipeline, body);
    const { read } = pipeline.ports.runs;
    const runs: { read: typeof read } = pipeline.ports.runs;
    runs.read = async () => {
      throw new Error("InternalServerError");
    };
    await pipeline.sweep();
    expect(warnings(pipeline)).toHaveLength(1);
    runs.read = read;
    await pipeline.live(5 * minute);
    expect(pipeline.runs().filter(({ state }) => state === "succeeded")).toHaveLength(25);
  });

  test("of an unclaimed redrive leaves the run dead, with one dead letter", async () => {
    const { scripted } = scriptedJob();
    const pipeline = createPipeline([scripted]);
    const { id } = await enqueue(pipeline.ports, scripted, { fatal: true }, { key: "k" });
    await pipeline.live(minute);
    const [deadLetter] = await pipeline.ports.queue.receiveDeadLetters("normal", 1);
    if (!deadLetter) throw new Error("expected a dead letter");
    await pipeline.send("normal", deadLetter.body);
    await pipeline.ports.queue.deleteDeadLetter("normal", deadLetter);
    await giveUp(pipeline, "normal", 30 * minute);
    await sweepFor(pipeline, 3);
    expect(pipeline.run(id)).toMatchObject({ state: "dead", generation: 2 });
    expect(reasons(pipeline)).toEqual(["asked to die"]);
  });
});
