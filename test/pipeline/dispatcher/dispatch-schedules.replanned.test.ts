import { expect, test } from "@jest/globals";
import { cron, schedule } from "../../../shared/index.ts";
import { minute } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

test("names the run of the new job in the history of an occurrence that was sent for the old job", async () => {
  const [before, after] = [recordingJob("before"), recordingJob("after")];
  const jobs = [before.job, after.job];
  const nightly = (job = before.job) => [schedule(cron("30 0 * * *"), job, {}, { name: "nightly" })];
  const { pipeline, ask, deploy } = await deployPipeline(jobs, nightly());
  await pipeline.live(29 * minute);
  await deploy(jobs, nightly(after.job));
  await pipeline.live(5 * minute);
  expect((await ask("schedules.history", { name: "nightly" })).times).toMatchObject([
    { outcome: "fired", run: "after:nightly@2026-01-01T00:30:00Z", state: "succeeded" },
  ]);
});
