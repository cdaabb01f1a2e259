import { expect, test } from "@jest/globals";
import { minute } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

const day = 24 * 60 * minute;

const createYear = async () => {
  const { job, ran } = recordingJob("bill");
  const { pipeline, ask } = await deployPipeline([job]);
  await ask("schedules.create", { name: "bill", job: "bill", rule: "every 1 day", input: {} });
  await pipeline.live(5 * minute);
  expect(ran).toHaveLength(1);
  await pipeline.clock.advance(31 * day);
  return { pipeline, ask, ran };
};

test("refuses a backfill of a range that is older than rows are kept", async () => {
  const { pipeline, ask, ran } = await createYear();
  const range = { name: "bill", from: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z" };
  await expect(ask("schedules.backfill", range)).rejects.toThrow(
    /^from: expected an instant after 2026-01-03T00:05:.*, got 2026-01-01T00:00:00.000Z; choose a later one: what ran is known for 29 days/,
  );
  await pipeline.drain();
  expect(ran).toHaveLength(1);
});

test("backfills a range that is a day younger than rows are kept", async () => {
  const { ask } = await createYear();
  const range = { name: "bill", from: "2026-01-04T00:00:00Z", until: "2026-01-06T00:00:00Z" };
  expect(await ask("schedules.backfill", range)).toMatchObject({
    made: ["2026-01-04T00:00:00.000Z", "2026-01-05T00:00:00.000Z"],
  });
});
