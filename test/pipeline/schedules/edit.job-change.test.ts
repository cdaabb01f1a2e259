import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { type defineJob, every, schedule } from "../../../shared/index.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { killablePorts } from "../support/killable-ports.ts";
import { operatorOf } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { deployPipeline, killPoints, recordingJob } from "../support/schedule-harness.ts";

/** A schedule of every minute whose job will be changed. */
const createBills = async (rule = "every 1 minute") => {
  const [before, after] = [recordingJob("bill-old"), recordingJob("bill-new")];
  const deployed = await deployPipeline([before.job, after.job]);
  const { pipeline, ask } = deployed;
  await ask("schedules.create", { name: "bill", job: "bill-old", rule, input: {} });
  /** Expect that every instant ran once, and that history and audit agree. */
  const expectOnce = async (skipped = 0) => {
    expect(before.ran.filter((time) => after.ran.includes(time))).toEqual([]);
    const lines = await deployed.history("bill");
    const fired = lines.filter((line) => / (fired|caught-up)$/.test(line)).map((line) => line.slice(0, 8));
    const ran = [...before.ran, ...after.ran].map((time) => time.slice(3, 11)).sort();
    expect(fired).toEqual(ran);
    expect(lines.filter((line) => line.includes(" skipped "))).toHaveLength(skipped);
    expect(await deployed.audit("bill")).toMatchObject({ missing: [], unexpected: [] });
  };
  /** Delay the next write of a schedule. */
  const slowWrite = (ms: number) => {
    const { change } = pipeline.ports.schedules;
    Object.assign(pipeline.ports.schedules, {
      change: async (changes: Parameters<typeof change>[0]) => {
        Object.assign(pipeline.ports.schedules, { change });
        await pipeline.clock.sleep(ms);
        return await change(changes);
      },
    });
  };
  return { ...deployed, before, after, expectOnce, slowWrite };
};

describe("an edit of a schedule's job runs no instant as both jobs", () => {
  test.each([500, 1_500, 4_000])("when its write takes %d ms and passes an instant", async (ms) => {
    const { pipeline, ask, slowWrite, expectOnce } = await createBills();
    await pipeline.live(3 * minute + 59 * second + 500);
    slowWrite(ms);
    const edit = ask("schedules.edit", { name: "bill", job: "bill-new" });
    for (let i = 0; i < 60; i++) {
      void pipeline.start("normal");
      await pipeline.clock.advance(100);
    }
    await edit;
    await pipeline.live(3 * minute);
    await expectOnce();
  });

  test.each([-120, -5, 5, 120])("by a machine whose clock is %d seconds off", async (skew) => {
    const { pipeline, context, expectOnce, before, after } = await createBills();
    await pipeline.live(3 * minute + 58 * second);
    const clock = { ...pipeline.clock, now: () => pipeline.clock.now() + skew * second };
    const ask = operatorOf(() => ({ ...context(), ports: { ...pipeline.ports, clock } }));
    await ask("schedules.edit", { name: "bill", job: "bill-new" });
    await pipeline.live(3 * minute);
    await expectOnce();
    expect([before.ran.length, after.ran.length]).toEqual([4, 3]);
  });

  test("when it is changed back and forth", async () => {
    const { pipeline, ask, expectOnce } = await createBills("every 10 seconds");
    await pipeline.live(2 * minute + second);
    for (const job of ["bill-new", "bill-old", "bill-new"]) {
      await ask("schedules.edit", { name: "bill", job });
      await pipeline.live(3 * second);
    }
    await pipeline.live(3 * minute);
    await expectOnce();
  });

  test.each([-5, 0, 5])("when the rule changes with it, by a clock that is %d seconds off", async (skew) => {
    const { pipeline, context, slowWrite, before, after } = await createBills("every 20 seconds");
    await pipeline.live(3 * minute + 39 * second + 500);
    const clock = { ...pipeline.clock, now: () => pipeline.clock.now() + skew * second };
    const ask = operatorOf(() => ({ ...context(), ports: { ...pipeline.ports, clock } }));
    slowWrite(1_500);
    const edit = ask("schedules.edit", { name: "bill", job: "bill-new", rule: "every 10 seconds" });
    for (let i = 0; i < 30; i++) {
      void pipeline.start("normal");
      await pipeline.clock.advance(100);
    }
    await edit;
    await pipeline.live(3 * minute);
    expect(before.ran.filter((time) => after.ran.includes(time))).toEqual([]);
  });

  test.each(killPoints(4))("when its process is killed $phase its write $call", async (death) => {
    const { pipeline, context, expectOnce } = await createBills();
    await pipeline.live(3 * minute + 30 * second);
    const { ports } = killablePorts(pipeline.ports, death);
    void operatorOf(() => ({ ...context(), ports }))("schedules.edit", { name: "bill", job: "bill-new" });
    await pipeline.clock.advance(second);
    await pipeline.live(5 * minute);
    await expectOnce();
  });
});

test("skips a run that waited while its schedule had another job and that job ran", async () => {
  const { pipeline, ask, before, after, expectOnce } = await createBills();
  await pipeline.live(2 * minute + 58 * second);
  await ask("schedules.edit", { name: "bill", job: "bill-new" });
  await pipeline.clock.advance(2 * second);
  const [held] = pipeline.receive("normal", 1);
  expect(held?.body).toContain("bill-old:bill@2026-01-01T00:03:00Z");
  await pipeline.ports.queue.hide("normal", held?.receipt ?? "", 60);
  await pipeline.live(40 * second);
  expect(after.ran).toEqual(["01T00:03:00Z"]);
  await ask("schedules.edit", { name: "bill", job: "bill-old" });
  await pipeline.live(3 * minute);
  expect(before.ran).not.toContain("01T00:03:00Z");
  expect(pipeline.run("bill-old:bill@2026-01-01T00:03:00Z")).toMatchObject({
    state: "cancelled",
    reason: 'schedule "bill" was edited: job "bill-new" ran this occurrence',
  });
  await expectOnce();
});

test("a run that a plan of the new job left its instant to is executed, although its first worker was killed", async () => {
  const { pipeline, ask, before, expectOnce } = await createBills();
  await pipeline.live(3 * minute);
  const id = "bill-old:bill@2026-01-01T00:03:00Z";
  const now = pipeline.clock.now();
  await pipeline.ports.runs.claim([
    { id, generation: 1, token: "killed", now, leaseUntil: now + 5 * second },
  ]);
  const edit = ask("schedules.edit", { name: "bill", job: "bill-new" });
  await pipeline.clock.advance(3 * second);
  await edit;
  await pipeline.live(3 * minute);
  expect(before.ran).toContain("01T00:03:00Z");
  await expectOnce();
});

test("runs no instant as another job that a killed dispatcher had sent late and that ran", async () => {
  const { pipeline, ask, context, before, after, expectOnce } = await createBills();
  await pipeline.live(2 * minute);
  await pipeline.clock.advance(90 * second);
  const { ports, isDead } = killablePorts(pipeline.ports, { call: 2, phase: "before" });
  void dispatch(ports, context().registry, { deadlineAt: pipeline.clock.now() + 55 * second });
  await pipeline.clock.advance(100);
  expect(isDead()).toBe(true);
  await pipeline.drain();
  expect(before.ran.length).toBeGreaterThanOrEqual(3);
  await ask("schedules.edit", { name: "bill", job: "bill-new" });
  await pipeline.live(3 * minute);
  await expectOnce();
  expect(after.ran.length).toBeGreaterThanOrEqual(2);
});

test("runs no instant as both jobs when a deploy changes the job of a schedule", async () => {
  const [a, b] = [recordingJob("bill-old"), recordingJob("bill-new")];
  const of = (job: ReturnType<typeof defineJob>) => [
    schedule(every("10 seconds"), job, {}, { name: "bill" }),
  ];
  const { pipeline, history, audit } = await deployPipeline([a.job, b.job], of(a.job));
  await pipeline.live(2 * minute + 9 * second + 500);
  const { change } = pipeline.ports.schedules;
  Object.assign(pipeline.ports.schedules, {
    change: async (changes: Parameters<typeof change>[0]) => {
      Object.assign(pipeline.ports.schedules, { change });
      await pipeline.clock.sleep(1_500);
      return await change(changes);
    },
  });
  const deploying = pipeline.deploy([a.job, b.job], of(b.job));
  for (let i = 0; i < 30; i++) {
    void pipeline.start("normal");
    await pipeline.clock.advance(100);
  }
  await deploying;
  await pipeline.live(3 * minute);
  expect(a.ran.filter((time) => b.ran.includes(time))).toEqual([]);
  const lines = await history("bill");
  expect(lines.filter((line) => line.includes(" fired"))).toHaveLength(a.ran.length + b.ran.length);
  expect(defineRegistry([a.job, b.job], of(b.job)).schedules.size).toBe(1);
  expect(await audit("bill")).toMatchObject({ missing: [] });
});
