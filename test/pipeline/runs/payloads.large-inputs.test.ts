import { describe, expect, test } from "@jest/globals";
import { minute, second } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

const staging = { table: "x".repeat(2_000) };
const production = { table: "y".repeat(2_000) };

describe("an occurrence with an input too large for its row", () => {
  const failing = async (failures: number) => {
    const [first, other] = [recordingJob("first", failures), recordingJob("other")];
    const deployed = await deployPipeline([first.job, other.job]);
    const often = { name: "often", job: "first", rule: "every 1 minute", input: staging };
    await deployed.ask("schedules.create", often);
    await deployed.pipeline.live(5 * second);
    return { ...deployed, first, other };
  };
  const id = (time: string) => ({ id: `first:often@2026-01-01T${time}Z` });

  test("is shown with its input", async () => {
    const { ask } = await failing(0);
    expect((await ask("runs.show", id("00:00:00"))).input).toEqual(staging);
  });

  test("is shown with the input of an edit that it ran with", async () => {
    const { pipeline, ask, first } = await failing(0);
    await ask("schedules.edit", { name: "often", input: production });
    await pipeline.live(minute);
    expect(first.inputs).toEqual([staging, production]);
    expect((await ask("runs.show", id("00:01:00"))).input).toEqual(production);
  });

  test("is retried with its input when its schedule has another job by now", async () => {
    const { pipeline, ask, first } = await failing(1);
    await ask("schedules.edit", { name: "often", job: "other", input: { table: "small" } });
    await pipeline.live(3 * minute);
    expect(pipeline.run(id("00:00:00").id)).toMatchObject({ state: "succeeded" });
    expect(first.inputs).toEqual([staging, staging]);
  });
});
