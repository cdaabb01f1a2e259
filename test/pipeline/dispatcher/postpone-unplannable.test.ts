import { expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob, every, type Rule, schedule } from "../../../shared/index.ts";
import { dispatch } from "../../../shared/pipeline/dispatcher/tick.ts";
import { createSchedule } from "../../../shared/pipeline/schedules/create.ts";
import type { FanOut, Ports } from "../../../shared/ports/index.ts";
import { createPipeline, minute, scriptedJob, second } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

/** Schedules made at run time whose job is not in this deployment. */
const createGone = async (count: number) => {
  const { scripted } = scriptedJob();
  const gone = defineJob({ name: "gone", run: () => undefined });
  const pipeline = createPipeline([scripted, gone]);
  const { ports, clock } = pipeline;
  await pipeline.reconcile();
  const context = { ports, registry: defineRegistry([scripted, gone]) };
  for (let i = 0; i < count; i++)
    await createSchedule(context, { name: `g-${i}`, job: "gone", rule: "every 1 hour" });
  await clock.advance(3 * 60 * minute);
  const registry = defineRegistry([scripted]);
  let [rowsRead, helpers] = [0, 0];
  const { read } = ports.schedules;
  Object.assign(ports.schedules, {
    read: async (names: readonly string[]) => {
      rowsRead += names.length;
      return await read(names);
    },
  });
  const tickOn = (on: Ports, shards?: readonly number[]) =>
    dispatch(on, registry, { deadlineAt: clock.now() + 55 * second, ...(shards && { shards }) });
  const fanOut: FanOut = async (shards) => {
    helpers++;
    await tickOn(ports, shards);
    return true;
  };
  const live = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) {
      await tickOn({ ...ports, fanOut });
      await clock.advance(minute);
    }
  };
  return { pipeline, live, counts: () => ({ rowsRead, helpers }) };
};

const warnings = ({ lines }: ReturnType<typeof createPipeline>) =>
  lines.filter(({ message }) => message.startsWith("schedules skipped"));

test("reads schedules without a job at growing intervals, and logs them once", async () => {
  const { pipeline, live, counts } = await createGone(1_000);
  await live(10);
  const { rowsRead, helpers } = counts();
  expect(rowsRead).toBeLessThanOrEqual(4 * 1_000);
  expect(helpers).toBeLessThanOrEqual(4 * 16);
  expect(warnings(pipeline).length).toBeLessThanOrEqual(16 * 4);
  const names = warnings(pipeline).flatMap(({ facts }) => (facts as { schedules: string[] }).schedules);
  expect([names.length, new Set(names).size]).toEqual([1_000, 1_000]);
});

test("logs a schedule without a job once an hour", async () => {
  const { pipeline, live, counts } = await createGone(1);
  await live(5 * 60);
  expect(warnings(pipeline).length).toBeGreaterThanOrEqual(4);
  expect(warnings(pipeline).length).toBeLessThanOrEqual(6);
  expect(counts().rowsRead).toBeLessThanOrEqual(4 + (5 * 60) / 15);
});

test("plans schedules within a quarter of an hour after a deploy restored their job", async () => {
  const { job, ran } = recordingJob("back");
  const { pipeline, ask, deploy, audit } = await deployPipeline([job]);
  await ask("schedules.create", { name: "mine", job: "back", rule: "every 30 minutes", input: {} });
  await pipeline.live(minute);
  await deploy([scriptedJob().scripted], []);
  await pipeline.live(4 * 60 * minute);
  expect(ran).toHaveLength(1);
  await deploy([job], []);
  await pipeline.live(16 * minute);
  expect(ran.length).toBeGreaterThanOrEqual(2);
  await pipeline.live(60 * minute);
  expect(await audit("mine")).toMatchObject({ missing: [], unexpected: [] });
  const [row] = await pipeline.ports.schedules.all();
  expect(row?.unplannable).toBeUndefined();
});

test("plans an unplannable schedule at once after an edit", async () => {
  const { job, ran } = recordingJob("back");
  const { pipeline, ask, deploy } = await deployPipeline([scriptedJob().scripted, job]);
  await ask("schedules.create", { name: "mine", job: "back", rule: "every 1 minute", input: {} });
  await deploy([scriptedJob().scripted], []);
  await pipeline.live(60 * minute);
  await deploy([scriptedJob().scripted, job], []);
  await ask("schedules.edit", { name: "mine", catchUp: "none" });
  await pipeline.live(2 * minute);
  expect(ran.length).toBeGreaterThanOrEqual(2);
});

test("calls a rule that throws at growing intervals, logs its error, and delays no other schedule", async () => {
  let asked = 0;
  const broken: Rule = {
    text: "broken",
    next: (after) => {
      asked++;
      if (after.getTime() > Date.UTC(2026, 0, 1)) throw new Error("no calendar");
      return new Date(Date.UTC(2026, 0, 1, 0, 5));
    },
  };
  const { job } = recordingJob("beat");
  const schedules = [
    schedule(broken, job, {}, { name: "broken" }),
    schedule(every("1 minute"), job, {}, { name: "fine" }),
  ];
  const { pipeline, history } = await deployPipeline([job], schedules);
  asked = 0;
  await pipeline.live(60 * minute);
  expect(asked).toBeLessThan(60);
  const errors = pipeline.lines.filter(({ message }) => message.startsWith("schedule skipped"));
  expect(errors).toHaveLength(1);
  expect(errors[0]?.facts).toMatchObject({
    schedule: "broken",
    error: { name: "Error", message: "no calendar" },
  });
  expect((await history("fine")).length).toBeGreaterThanOrEqual(60);
});
