import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { cron, defineJob, every, type Rule, schedule } from "../../../shared/index.ts";
import { at, operatorOf, runsOf } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

describe("a pause until an instant", () => {
  test("skips occurrences that were sent ahead and are due before its end, and no later ones", async () => {
    const { job, ran } = recordingJob("beat");
    const { pipeline, ask, history, audit } = await deployPipeline(
      [job],
      [schedule(every("15 seconds"), job, {})],
    );
    await pipeline.tick();
    await ask("schedules.pause", { name: "beat", reason: "storm", until: at("00:00:20") });
    await pipeline.live(50 * second);
    expect(ran).toEqual(["01T00:00:30Z", "01T00:00:45Z"]);
    expect((await history("beat")).slice(0, 4)).toEqual([
      "00:00:00 skipped paused: storm",
      "00:00:15 skipped paused: storm",
      "00:00:30 fired",
      "00:00:45 fired",
    ]);
    await pipeline.live(minute);
    expect(await audit("beat")).toMatchObject({ missing: [], unexpected: [] });
  });

  test("runs an occurrence that is due at its very end", async () => {
    const { job, ran } = recordingJob("beat");
    const { pipeline, ask } = await deployPipeline([job], [schedule(every("15 seconds"), job, {})]);
    await pipeline.tick();
    await ask("schedules.pause", { name: "beat", until: at("00:00:30") });
    await pipeline.live(40 * second);
    expect(ran).toEqual(["01T00:00:30Z"]);
  });

  test("runs an occurrence that was sent before it and is due after it, when no tick has seen its end", async () => {
    const { job, ran } = recordingJob("daily");
    const daily = [schedule(cron("45 2 0 * * *"), job, {})];
    const { pipeline, ask, history } = await deployPipeline([job], daily);
    await pipeline.live(61 * second);
    expect(runsOf(pipeline, "daily")).toEqual(["00:02:45 queued"]);
    await ask("schedules.pause", { name: "daily", until: at("00:02:30") });
    await pipeline.clock.advance(2 * minute);
    await pipeline.drain();
    expect(ran).toEqual(["01T00:02:45Z"]);
    await pipeline.live(minute);
    expect(await history("daily")).toEqual(["00:02:45 fired"]);
  });
});

test("pauses a schedule again whose pause is over, with code that has another rule than the deployment", async () => {
  const { job, ran } = recordingJob("beat");
  const beat = (rule: Rule) => [schedule(rule, job, {}, { name: "beat" })];
  const { pipeline, ask, history } = await deployPipeline([job], beat(every("1 minute")));
  await ask("schedules.pause", { name: "beat", reason: "storm", until: at("00:01:30") });
  await pipeline.clock.advance(100 * second);
  const newer = operatorOf(() => ({
    ports: pipeline.ports,
    registry: defineRegistry([job], beat(every("1 hour"))),
  }));
  await newer("schedules.pause", { name: "beat", reason: "flood" });
  await pipeline.live(2 * minute);
  await ask("schedules.resume", { name: "beat" });
  expect(ran).toEqual([]);
  expect((await history("beat")).slice(0, 4)).toEqual([
    "00:00:00 skipped paused: storm",
    "00:01:00 skipped paused: storm",
    "00:02:00 skipped paused: flood",
    "00:03:00 skipped paused: flood",
  ]);
});

test("records the occurrences that a pause skipped when the paused schedule is deleted", async () => {
  const { job } = recordingJob("beat");
  const { pipeline, ask, history } = await deployPipeline([job]);
  const hourly = { name: "often", job: "beat", rule: "every 1 hour", input: {} };
  await ask("schedules.create", hourly);
  await pipeline.live(minute);
  await ask("schedules.pause", { name: "often", reason: "storm" });
  await pipeline.live(190 * minute);
  await ask("schedules.delete", { name: "often" });
  const lines = [
    "00:00:00 fired",
    ...["01:00:00", "02:00:00", "03:00:00"].map((time) => `${time} skipped paused: storm`),
  ];
  expect(await history("often")).toEqual(lines);
  const recorded = (await pipeline.ports.ledger.list("often", { limit: 100 })).flatMap(
    ({ skipped }) => skipped,
  );
  expect(recorded).toMatchObject([
    { from: Date.parse(at("01:00:00")), to: Date.parse(at("03:00:00")), count: 3, reason: "paused: storm" },
  ]);
});

test("restarts the count of consecutive deaths at a resume whose reply was lost", async () => {
  const broken = defineJob({
    name: "broken",
    retry: { attempts: 1 },
    run: () => {
      throw new Error("broken");
    },
  });
  const { pipeline, ask } = await deployPipeline(
    [broken],
    [schedule(every("1 minute"), broken, undefined, { pauseAfterDeaths: 3 })],
  );
  const died = () => pipeline.runs().filter(({ state }) => state === "dead").length;
  await pipeline.live(6 * minute);
  expect(died()).toBe(3);
  const { change } = pipeline.ports.schedules;
  Object.assign(pipeline.ports.schedules, {
    change: async (...changes: Parameters<typeof change>) => {
      pipeline.ports.schedules.change = change;
      return (await change(...changes)).map(() => false);
    },
  });
  await ask("schedules.resume", { name: "broken" });
  await pipeline.live(6 * minute);
  expect(died()).toBe(6);
});
