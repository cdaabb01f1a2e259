import { describe, expect, test } from "@jest/globals";
import { operatorOf } from "../pipeline/support/operations-harness.ts";
import { minute, second } from "../pipeline/support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../pipeline/support/schedule-harness.ts";

/** An operator whose machine's clock is off by some seconds. */
const createSkewed = async (skew: number) => {
  const { job, ran } = recordingJob("beat");
  const deployed = await deployPipeline([job]);
  const { pipeline, context } = deployed;
  const clock = { ...pipeline.clock, now: () => pipeline.clock.now() + skew * second };
  const ask = operatorOf(() => ({ ...context(), ports: { ...pipeline.ports, clock } }));
  return { ...deployed, ask, ran };
};

describe.each([-120, -5, 5, 120])("an operator whose clock is %d seconds off", (skew) => {
  test("resumes a schedule from now: occurrences of the pause do not run, later ones do", async () => {
    const { pipeline, ask, ran, history } = await createSkewed(skew);
    await ask("schedules.create", { name: "often", job: "beat", rule: "every 20 seconds", input: {} });
    await pipeline.live(2 * minute + 10 * second);
    await ask("schedules.pause", { name: "often" });
    await pipeline.live(4 * minute);
    await ask("schedules.resume", { name: "often" });
    await pipeline.live(2 * minute);
    const times = ran.map((time) => time.slice(3, 11));
    expect(times.filter((time) => time > "00:02:10" && time < "00:06:10")).toEqual([]);
    expect(times.filter((time) => time > "00:06:10").slice(0, 3)).toEqual([
      "00:06:20",
      "00:06:40",
      "00:07:00",
    ]);
    const skipped = (await history("often")).filter((line) => line.includes("skipped"));
    expect(skipped).toHaveLength(12);
  });

  test("creates a schedule whose first occurrence is the next one", async () => {
    const { pipeline, ask, ran } = await createSkewed(skew);
    await pipeline.live(10 * minute + 10 * second);
    await ask("schedules.create", { name: "often", job: "beat", rule: "every 20 seconds", input: {} });
    await pipeline.live(minute);
    expect(ran.map((time) => time.slice(3, 11))).toEqual(["00:10:20", "00:10:40", "00:11:00"]);
  });

  test("edits a rule from now on", async () => {
    const { pipeline, ask, ran, audit } = await createSkewed(skew);
    await ask("schedules.create", { name: "often", job: "beat", rule: "every 20 seconds", input: {} });
    await pipeline.live(2 * minute + 10 * second);
    await ask("schedules.edit", { name: "often", rule: "every 30 seconds" });
    await pipeline.live(2 * minute);
    const times = ran.map((time) => time.slice(6, 11));
    expect(times.slice(-5)).toEqual(["02:00", "02:30", "03:00", "03:30", "04:00"]);
    expect(await audit("often")).toMatchObject({ missing: [], unexpected: [] });
  });

  test("is warned when it is more than a few seconds", async () => {
    const { pipeline, ask } = await createSkewed(skew);
    await ask("schedules.create", { name: "often", job: "beat", rule: "every 20 seconds", input: {} });
    expect(pipeline.lines.filter(({ level }) => level === "warn")).toMatchObject([
      { facts: { aheadMs: skew * second } },
    ]);
  });
});
