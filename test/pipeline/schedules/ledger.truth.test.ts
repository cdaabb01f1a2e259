import { describe, expect, test } from "@jest/globals";
import { defineJob, every, RetryAfterError, schedule } from "../../../shared/index.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { killablePorts } from "../support/killable-ports.ts";
import { operatorOf } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { type Deployed, deployPipeline, recordingJob } from "../support/schedule-harness.ts";
import { runConcurrently } from "../support/slow-harness.ts";

/** Wrong ledger entries that simulations found, each reduced to the necessary steps. */
describe("schedules.audit", () => {
  test("does not count an instant whose run was cancelled before it started as fired outside its rule", async () => {
    const { job, ran } = recordingJob("bill");
    const { pipeline, ask, audit } = await deployPipeline([job]);
    await ask("schedules.create", { name: "often", job: "bill", rule: "every 30 seconds", input: {} });
    await pipeline.live(5 * second);
    await ask("runs.cancel", { id: "bill:often@2026-01-01T00:01:30Z" });
    await ask("schedules.edit", { name: "often", rule: "every 40 seconds" });
    await pipeline.live(4 * minute);
    expect(ran).not.toContain("01T00:01:30Z");
    expect((await audit("often")).unexpected).toEqual([]);
  });

  test("begins after an edit of the rule that was written at a due instant", async () => {
    const { job, ran } = recordingJob("bill");
    const { pipeline, ask, audit } = await deployPipeline([job]);
    await ask("schedules.create", { name: "often", job: "bill", rule: "every 30 seconds", input: {} });
    await pipeline.live(30 * second);
    await pipeline.drain();
    expect(ran.at(-1)).toBe("01T00:00:30Z");
    pipeline.clock.jump(Date.parse("2026-01-01T00:00:30Z") - pipeline.clock.now());
    await ask("schedules.edit", { name: "often", rule: "every 40 seconds" });
    await pipeline.live(4 * minute);
    expect((await audit("often")).unexpected).toEqual([]);
  });
});

test("does not show a run as skipped that an operator cancelled after its dispatcher was killed", async () => {
  const { job } = recordingJob("bill");
  const { pipeline, ask, context, history } = await deployPipeline([job]);
  await ask("schedules.create", { name: "often", job: "bill", rule: "every 1 minute", input: {} });
  await pipeline.live(minute - second);
  await pipeline.clock.advance(second);
  // The run of 00:03 is made and sent, but neither the ledger nor the schedule's row has it.
  const { ports, isDead } = killablePorts(pipeline.ports, { call: 2, phase: "before" });
  void dispatch(ports, context().registry, { deadlineAt: pipeline.clock.now() + minute });
  await pipeline.clock.advance(second);
  expect(isDead()).toBe(true);
  await ask("runs.cancel", { id: "bill:often@2026-01-01T00:03:00Z" });
  await ask("schedules.pause", { name: "often", reason: "storm" });
  await pipeline.live(4 * minute);
  await ask("schedules.resume", { name: "often" });
  await pipeline.live(minute);
  expect((await history("often")).filter((line) => line.startsWith("00:03"))).toEqual([
    "00:03:00 cancelled cancelled by an operator",
  ]);
});

test("shows an instant as fired that ran as the former job, although its dispatcher was killed and it was missed", async () => {
  const [alpha, beta] = [recordingJob("alpha"), recordingJob("beta")];
  const { pipeline, ask, context, history } = await deployPipeline([alpha.job, beta.job]);
  await ask("schedules.create", { name: "often", job: "alpha", rule: "every 1 minute", input: {} });
  await pipeline.live(minute - second);
  await pipeline.clock.advance(second);
  const { ports } = killablePorts(pipeline.ports, { call: 2, phase: "before" });
  void dispatch(ports, context().registry, { deadlineAt: pipeline.clock.now() + minute });
  await pipeline.clock.advance(2 * minute + second);
  await pipeline.drain();
  expect(alpha.ran).toContain("01T00:03:00Z");
  await pipeline.clock.advance(3 * minute);
  await ask("schedules.edit", { name: "often", job: "beta" });
  await pipeline.live(2 * minute);
  expect((await history("often")).filter((line) => line.startsWith("00:03"))).toEqual([
    expect.stringMatching(/^00:03:00 (fired|caught-up)/),
  ]);
  expect(beta.ran).not.toContain("01T00:03:00Z");
});

test("shows an instant as fired that ran as the former job before the schedule was paused and edited", async () => {
  const [alpha, beta] = [recordingJob("alpha"), recordingJob("beta")];
  const { pipeline, ask, context, history } = await deployPipeline([alpha.job, beta.job]);
  await ask("schedules.create", { name: "often", job: "alpha", rule: "every 1 minute", input: {} });
  await pipeline.live(minute - second);
  await pipeline.clock.advance(second);
  const { ports } = killablePorts(pipeline.ports, { call: 2, phase: "before" });
  void dispatch(ports, context().registry, { deadlineAt: pipeline.clock.now() + minute });
  await pipeline.clock.advance(2 * minute + second);
  await pipeline.drain();
  expect(alpha.ran).toContain("01T00:03:00Z");
  await ask("schedules.pause", { name: "often", reason: "storm" });
  await ask("schedules.edit", { name: "often", job: "beta" });
  await pipeline.live(2 * minute);
  await ask("schedules.resume", { name: "often" });
  await pipeline.live(2 * minute);
  expect((await history("often")).filter((line) => line.startsWith("00:03"))).toEqual([
    expect.stringMatching(/^00:03:00 (fired|caught-up)/),
  ]);
});

test("does not show a run as skipped that was tried before an edited overlap policy ended it", async () => {
  let waitMs = 0;
  const job = defineJob({
    name: "bill",
    run: async ({ run }) => {
      if (run.id.endsWith("00:00:30Z"))
        throw new RetryAfterError(new Date(pipeline.clock.now() + 40 * second));
      await pipeline.clock.sleep(waitMs);
    },
  });
  const { pipeline, ask, history } = await deployPipeline([job]);
  await ask("schedules.create", { name: "often", job: "bill", rule: "every 30 seconds" });
  await runConcurrently(pipeline, 45 * second);
  await ask("schedules.edit", { name: "often", overlap: "skip" });
  waitMs = 25 * second;
  await runConcurrently(pipeline, 2 * minute);
  expect(pipeline.run("bill:often@2026-01-01T00:00:30Z")).toMatchObject({ state: "cancelled" });
  expect((await history("often")).filter((line) => line.startsWith("00:00:30"))).toEqual(["00:00:30 fired"]);
});

test("counts a backfilled run whose write took effect and was answered as refused", async () => {
  const { job, ran } = recordingJob("bill");
  const { pipeline, ask, history } = await deployPipeline([job]);
  const { change } = pipeline.ports.runs;
  await ask("schedules.create", { name: "often", job: "bill", rule: "every 1 minute", input: {} });
  await pipeline.live(30 * second);
  await ask("schedules.pause", { name: "often" });
  await pipeline.live(minute);
  await ask("schedules.resume", { name: "often" });
  Object.assign(pipeline.ports.runs, {
    change: async (changes: Parameters<typeof change>[0]) => {
      Object.assign(pipeline.ports.runs, { change });
      await change(changes);
      const rows = await pipeline.ports.runs.read(changes.map(({ id }) => id));
      return changes.map(({ id }) => ({ changed: false, now: rows.get(id) }));
    },
  });
  const range = { name: "often", from: "2026-01-01T00:01:00Z", until: "2026-01-01T00:01:01Z" };
  expect(await ask("schedules.backfill", range)).toMatchObject({
    failed: 0,
    made: ["2026-01-01T00:01:00.000Z"],
  });
  await pipeline.live(30 * second);
  expect(ran).toContain("01T00:01:00Z");
  expect((await history("often")).filter((line) => line.startsWith("00:01"))).toEqual(["00:01:00 caught-up"]);
});

describe("the history shows a run as fired that started while its schedule was changed, although its dispatcher was killed,", () => {
  const startAtDueInstant = async (deployed: Deployed): Promise<void> => {
    const { pipeline, context } = deployed;
    await pipeline.live(minute - second);
    await pipeline.clock.advance(second);
    // The run of 00:03 is made and sent, but neither the ledger nor the schedule's row has it.
    const { ports, isDead } = killablePorts(pipeline.ports, { call: 2, phase: "before" });
    void dispatch(ports, context().registry, { deadlineAt: pipeline.clock.now() + minute });
    await pipeline.clock.advance(2 * minute);
    expect(isDead()).toBe(true);
    await pipeline.drain();
    pipeline.clock.jump(Date.parse("2026-01-01T00:03:00Z") - pipeline.clock.now());
  };

  test.each([
    { change: "an edit of its rule", operation: "schedules.edit", input: { rule: "every 40 seconds" } },
    { change: "its deletion", operation: "schedules.delete", input: {} },
  ])("by $change", async ({ operation, input }) => {
    const { job, ran } = recordingJob("bill");
    const deployed = await deployPipeline([job]);
    const { pipeline, ask, history } = deployed;
    await ask("schedules.create", { name: "often", job: "bill", rule: "every 1 minute", input: {} });
    await startAtDueInstant(deployed);
    expect(ran).toContain("01T00:03:00Z");
    await ask(operation, { name: "often", ...input });
    await pipeline.live(2 * minute);
    expect(await history("often")).toContain("00:03:00 fired");
  });

  test.each([
    { change: "another rule", rule: every("40 seconds") },
    { change: "its removal", rule: undefined },
  ])("by the deploy of $change", async ({ rule }) => {
    const { job, ran } = recordingJob("bill");
    const often = schedule(every("1 minute"), job, {}, { name: "often" });
    const deployed = await deployPipeline([job], [often]);
    await startAtDueInstant(deployed);
    expect(ran).toContain("01T00:03:00Z");
    await deployed.deploy([job], rule ? [schedule(rule, job, {}, { name: "often" })] : []);
    await deployed.pipeline.live(2 * minute);
    expect(await deployed.history("often")).toContain("00:03:00 fired");
  });
});

describe("an audit begins with the creation of a schedule whose creator could not record it,", () => {
  const backfilled = { name: "often", from: "2026-01-01T00:00:00Z", until: "2026-01-01T00:01:00Z" };

  test("made at run time", async () => {
    const { job } = recordingJob("bill");
    const { pipeline, ask, context, audit } = await deployPipeline([job]);
    await pipeline.clock.advance(5 * minute);
    const { ports, isDead } = killablePorts(pipeline.ports, { call: 1, phase: "before" });
    const killable = operatorOf(() => ({ ports, registry: context().registry }));
    void killable("schedules.create", { name: "often", job: "bill", rule: "every 1 minute", input: {} });
    await pipeline.clock.advance(second);
    expect(isDead()).toBe(true);
    await pipeline.live(2 * minute);
    await ask("schedules.backfill", backfilled);
    expect(await audit("often")).toMatchObject({ missing: [] });
  });

  test("made by a deploy", async () => {
    const { job } = recordingJob("bill");
    const { pipeline, ask, deploy, audit } = await deployPipeline([job]);
    const often = [schedule(every("1 minute"), job, {}, { name: "often" })];
    await pipeline.clock.advance(5 * minute);
    const { change } = pipeline.ports.schedules;
    const refuse = () => Promise.reject(new Error("the store fails"));
    const { record } = pipeline.ports.ledger;
    Object.assign(pipeline.ports.schedules, { change: refuse });
    Object.assign(pipeline.ports.ledger, { record: refuse });
    await deploy([job], often).catch(() => undefined);
    Object.assign(pipeline.ports.schedules, { change });
    Object.assign(pipeline.ports.ledger, { record });
    await deploy([job], often);
    await pipeline.live(2 * minute);
    await ask("schedules.backfill", backfilled);
    expect(await audit("often")).toMatchObject({ missing: [] });
  });
});
