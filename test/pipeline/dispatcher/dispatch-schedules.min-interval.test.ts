import { describe, expect, test } from "@jest/globals";
import { cron, schedule } from "../../../shared/index.ts";
import { runsOf } from "../support/operations-harness.ts";
import { minute } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

describe("a schedule with a minimum interval", () => {
  const most = { minInterval: "50 minutes" } as const;

  test("fires at its new time after a deploy when the occurrence sent ahead for the old time never ran", async () => {
    const { job, ran } = recordingJob("hourly");
    const hourly = (minutes: number) => [schedule(cron(`${minutes} * * * *`), job, {}, most)];
    const { pipeline, deploy } = await deployPipeline([job], hourly(0));
    await pipeline.live(59 * minute);
    expect(runsOf(pipeline, "hourly")).toEqual(["00:00:00 succeeded", "01:00:00 queued"]);
    await deploy([job], hourly(5));
    await pipeline.live(10 * minute);
    expect(ran).toEqual(["01T00:00:00Z", "01T01:05:00Z"]);
  });

  test("fires at its new time after an edit when the occurrence sent ahead for the old time never ran", async () => {
    const { job, ran } = recordingJob("hourly");
    const { pipeline, ask } = await deployPipeline([job]);
    const hourly = { name: "often", job: "hourly", rule: "0 * * * *", input: {}, ...most };
    await ask("schedules.create", hourly);
    await pipeline.live(59 * minute);
    await ask("schedules.edit", { name: "often", rule: "5 * * * *" });
    await pipeline.live(10 * minute);
    expect(ran).toEqual(["01T00:00:00Z", "01T01:05:00Z"]);
  });
});
