import { expect, test } from "@jest/globals";
import * as z from "zod";
import { defineRegistry } from "../../shared/core/jobs/registry.ts";
import { defineJob, every, schedule } from "../../shared/index.ts";
import { reconcile } from "../../shared/pipeline/dispatcher/reconcile.ts";
import { dispatch } from "../../shared/pipeline/dispatcher/tick.ts";
import { enqueue } from "../../shared/pipeline/enqueue/enqueue.ts";
import { createMetricsCounter } from "../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../shared/pipeline/worker/process-batch.ts";
import { createPipeline, minute, scriptedJob, second } from "../pipeline/support/pipeline-harness.ts";

const big = (c: string) => ({ text: c.repeat(800) });
const seen: string[] = [];
const large = defineJob({
  name: "large",
  input: z.object({ text: z.string() }),
  run: ({ input }) => {
    seen.push(input.text[0] ?? "");
  },
});

test("a conflicting enqueue must not change the existing run's input", async () => {
  seen.length = 0;
  const world = createPipeline([large]);
  await enqueue(world.ports, large, big("a"), { key: "k" });
  await expect(enqueue(world.ports, large, big("b"), { key: "k" })).rejects.toThrow();
  await world.drain();
  expect(seen).toEqual(["a"]);
});

test("a bare message with the same key must not change the existing run's input", async () => {
  seen.length = 0;
  const world = createPipeline([large]);
  await enqueue(world.ports, large, big("a"), { key: "k", delay: "10 seconds" });
  await world.send("normal", JSON.stringify({ v: 1, job: "large", key: "k", input: big("b") }));
  await world.live(30 * second);
  expect(seen).toEqual(["a"]);
});

test("a job too long for the lane it was sent to must end", async () => {
  const long = defineJob({ name: "long", priority: "low", timeout: "10 minutes", run: () => 1 });
  const world = createPipeline([long]);
  await world.send("critical", JSON.stringify({ v: 1, job: "long", key: "k" }));
  await world.live(60 * minute);
  const run = world.run("long:k");
  expect(["succeeded", "dead"]).toContain(run?.state);
}, 60_000);

test("a job whose timeout grew past the lane in which its run stands must end", async () => {
  const short = defineJob({ name: "job-a", priority: "critical", timeout: "10 seconds", run: () => 1 });
  const world = createPipeline([short]);
  const { id } = await enqueue(world.ports, short, undefined, { delay: "1 minute" });
  await world.deploy(
    [defineJob({ name: "job-a", priority: "low", timeout: "10 minutes", run: () => 1 })],
    [],
  );
  await world.live(60 * minute);
  expect(["succeeded", "dead"]).toContain(world.run(id)?.state);
}, 60_000);

test("a schedule whose job was renamed survives one failed reconcile", async () => {
  let ran = 0;
  const a = defineJob({ name: "old-name", run: () => 1 });
  const b = defineJob({
    name: "new-name",
    run: () => {
      ran++;
    },
  });
  const world = createPipeline([a], [schedule(every("30 seconds"), a, undefined, { name: "tick" })]);
  await world.reconcile();
  await world.live(2 * minute);
  const real = world.ports.notes.read;
  Object.assign(world.ports.notes, {
    read: async () => {
      throw new Error("throttled");
    },
  });
  await expect(
    world.deploy([b], [schedule(every("30 seconds"), b, undefined, { name: "tick" })]),
  ).rejects.toThrow();
  await world.tick(); // functions/dispatcher.ts dispatches all the same
  Object.assign(world.ports.notes, { read: real });
  await world.reconcile();
  await world.live(10 * minute);
  await world.reconcile();
  await world.live(10 * minute);
  expect(ran).toBeGreaterThan(10);
});

test("an old dispatcher's late tick must not kill a schedule that the new one made", async () => {
  let ran = 0;
  const b = defineJob({
    name: "new-name",
    run: () => {
      ran++;
    },
  });
  const world = createPipeline([b], [schedule(every("30 seconds"), b)]);
  await world.reconcile();
  await dispatch(world.ports, defineRegistry([], []), { deadlineAt: world.clock.now() + 55 * second });
  await world.reconcile();
  await world.live(10 * minute);
  await world.reconcile();
  await world.live(10 * minute);
  expect(ran).toBeGreaterThan(10);
});

test("a reconcile whose write was refused must not count as done", async () => {
  const { scripted } = scriptedJob();
  const world = createPipeline([scripted], [schedule(every("30 seconds"), scripted, {}, { name: "tick" })]);
  await world.reconcile();
  const real = world.ports.schedules.change;
  (world.ports.schedules as { change: typeof real }).change = async (changes) => changes.map(() => false);
  const edited = [schedule(every("30 seconds"), scripted, { value: 2 }, { name: "tick" })];
  const answer = await world.deploy([scripted], edited).then(
    (r) => r,
    (e) => e,
  );
  (world.ports.schedules as { change: typeof real }).change = real;
  expect(answer).toBeInstanceOf(Error);
});

test("drifting schedules run", async () => {
  let ran = 0;
  const j = defineJob({
    name: "drifter",
    run: () => {
      ran++;
    },
  });
  const world = createPipeline([j], [schedule(every("30 seconds", { anchor: "drift" }), j)]);
  await world.reconcile();
  await world.live(5 * minute);
  expect(ran).toBeGreaterThan(5);
});

test("a redriven run is under the sweeper's eye", async () => {
  const { scripted } = scriptedJob();
  const world = createPipeline([scripted]);
  const { id } = await enqueue(world.ports, scripted, { fatal: true });
  await world.live(60 * minute);
  const letter = world.ports.queue.dead("normal")[0];
  await world.send("normal", letter?.body ?? "");
  world.receive("normal"); // the worker has it, claims, and is killed; the message stays hidden for 30 minutes
  await world.ports.runs.claim([
    { id, generation: 2, token: "t", now: world.clock.now(), leaseUntil: world.clock.now() + 35 * second },
  ]);
  await world.live(10 * minute);
  expect(world.run(id)?.state).not.toBe("running");
});

test("a native letter behind sixty of ours is adopted", async () => {
  const { scripted } = scriptedJob();
  const world = createPipeline([scripted]);
  for (let i = 0; i < 60; i++) await enqueue(world.ports, scripted, { fatal: true });
  await world.live(2 * minute);
  await world.ports.queue.sendDeadLetters([
    { lane: "normal", body: JSON.stringify({ v: 1, job: "scripted", key: "native" }), delaySeconds: 0 },
  ]);
  await world.live(60 * minute);
  expect(world.run("scripted:native")?.state).toBe("dead");
}, 60_000);

test("a zombie must not overwrite the winner's stored result", async () => {
  let turn = 0;
  let freeFirst = (): void => undefined;
  const slow = defineJob({
    name: "slow",
    run: async () => {
      if (++turn === 1) {
        await new Promise<void>((resolve) => {
          freeFirst = resolve;
        });
        return "zombie".repeat(200);
      }
      return "winner".repeat(200);
    },
  });
  const world = createPipeline([slow]);
  const { id } = await enqueue(world.ports, slow);
  const registry = defineRegistry([slow]);
  const site = () => ({
    lane: "normal" as const,
    registry,
    metricsCounter: createMetricsCounter(),
    deadlineAt: world.clock.now() + 300 * second,
  });
  const first = processBatch(world.ports, site(), world.receive("normal"));
  await world.clock.advance(10);
  world.clock.jump(40 * second); // SIGSTOP: its timers do not fire before it continues
  const hint = [
    {
      messageId: "h",
      receipt: "h",
      body: JSON.stringify({ v: 1, job: "slow", id, generation: 1 }),
      receiveCount: 1,
      sentAt: world.clock.now(),
    },
  ];
  const second_ = processBatch(world.ports, site(), hint);
  await new Promise((r) => setTimeout(r, 50));
  freeFirst();
  await new Promise((r) => setTimeout(r, 50));
  await world.clock.advance(100);
  await Promise.all([first, second_]);
  const stored = await world.ports.payloads.load(id, `result#${world.run(id)?.token}`);
  expect(stored).toContain("winner");
});

test("reads that fail after the claim are not charged as crashes of the worker", async () => {
  const { scripted } = scriptedJob();
  const world = createPipeline([scripted], [schedule(every("1 hour"), scripted, {}, { name: "tick" })]);
  await world.reconcile();
  const real = world.ports.schedules.read;
  await world.tick();
  let fail = true;
  (world.ports.schedules as { read: typeof real }).read = async (names) => {
    if (fail) throw new Error("throttled");
    return await real(names);
  };
  const deliverOnly = async (ms: number) => {
    for (let i = 0; i < ms / minute; i++) {
      await world.sweep();
      await world.drain();
      await world.clock.advance(minute);
    }
  };
  await deliverOnly(40 * minute);
  fail = false;
  await deliverOnly(60 * minute);
  await world.live(2 * minute);
  expect(world.runs()[0]?.state).toBe("succeeded");
}, 60_000);

test("a new dispatcher's occurrence is not cancelled by a worker that still runs the old code", async () => {
  const j = defineJob({ name: "job-b", run: () => 1 });
  const world = createPipeline([j], [schedule(every("1 hour"), j)]);
  await world.reconcile();
  const next = defineRegistry([j], [schedule(every("1 minute"), j)]);
  await reconcile(world.ports, next);
  await world.clock.advance(minute + 5);
  await dispatch(world.ports, next, { deadlineAt: world.clock.now() + 55 * second });
  await world.drain(); // world's workers: the old registry
  expect(world.runs().filter(({ state }) => state === "cancelled")).toEqual([]);
});

test("one transient failure at the adoption of a bare message costs seconds, not the visibility timeout", async () => {
  const { scripted } = scriptedJob();
  const world = createPipeline([scripted]);
  const real = world.ports.runs.create;
  let fail = true;
  (world.ports.runs as { create: typeof real }).create = async (runs) => {
    if (fail) {
      fail = false;
      throw new Error("timed out");
    }
    return await real(runs);
  };
  await world.send("low", JSON.stringify({ v: 1, job: "scripted", input: {}, key: "k" }));
  await world.live(20 * minute);
  expect(world.run("scripted:k")?.state).toBe("succeeded");
}, 60_000);

test("a zombie whose run the sweeper ended does not report success", async () => {
  let free = (): void => undefined;
  const slow = defineJob({
    name: "slow",
    run: () =>
      new Promise<void>((resolve) => {
        free = resolve;
      }),
  });
  const world = createPipeline([slow]);
  const { id } = await enqueue(world.ports, slow);
  const now = world.clock.now();
  for (let i = 0; i < 2; i++)
    await world.ports.runs.claim([{ id, generation: 1, token: `c${i}`, now: now + i, leaseUntil: now }]);
  const registry = defineRegistry([slow]);
  world.clock.jump(10);
  const first = processBatch(
    world.ports,
    {
      lane: "normal",
      registry,
      metricsCounter: createMetricsCounter(),
      deadlineAt: world.clock.now() + 300 * second,
    },
    world.receive("normal"),
  );
  await world.clock.advance(10);
  expect(world.run(id)).toMatchObject({ state: "running", claimCount: 3 });
  world.clock.jump(16 * minute);
  const sweeping = world.sweep();
  await new Promise((r) => setTimeout(r, 50));
  await sweeping;
  await world.sweep();
  free();
  await new Promise((r) => setTimeout(r, 50));
  await world.clock.advance(100);
  const { counts } = await first;
  expect(world.run(id)?.state === "dead" && counts.succeeded > 0).toBe(false);
});
