import { describe, expect, test } from "@jest/globals";
import { formerJobsAfter } from "../../shared/core/schedules/former-job.ts";
import type { ScheduleRow } from "../../shared/core/schedules/schedule-row.ts";
import { at } from "../pipeline/support/operations-harness.ts";
import { minute, second } from "../pipeline/support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../pipeline/support/schedule-harness.ts";

/** Faults that the simulation found, each reduced to the necessary steps. */
describe("a backfill after the job was changed there and back", () => {
  test("does not run an instant that was backfilled as the other job", async () => {
    const [alpha, beta] = [recordingJob("alpha"), recordingJob("beta")];
    const { pipeline, ask } = await deployPipeline([alpha.job, beta.job]);
    await ask("schedules.create", { name: "often", job: "alpha", rule: "every 30 seconds", input: {} });
    await pipeline.live(65 * second);
    await ask("schedules.pause", { name: "often" });
    await pipeline.live(50 * second);
    await ask("schedules.edit", { name: "often", job: "beta" });
    await ask("schedules.resume", { name: "often" });
    const range = { name: "often", from: at("00:01:10"), until: at("00:01:50") };
    await ask("schedules.backfill", range);
    await pipeline.live(20 * second);
    await ask("schedules.edit", { name: "often", job: "alpha" });
    await ask("schedules.backfill", range);
    await pipeline.live(2 * minute);
    expect(beta.ran).toContain("01T00:01:30Z");
    expect(alpha.ran.filter((time) => beta.ran.includes(time))).toEqual([]);
  });
});

describe("schedules.history", () => {
  test("shows an instant as caught up whose backfill failed after it had made the run", async () => {
    const { job, ran } = recordingJob("bill");
    const { pipeline, ask, history } = await deployPipeline([job]);
    await ask("schedules.create", { name: "often", job: "bill", rule: "every 1 minute", input: {} });
    await pipeline.live(30 * second);
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await pipeline.live(3 * minute);
    await ask("schedules.resume", { name: "often" });
    await pipeline.live(minute);
    const { record } = pipeline.ports.ledger;
    Object.assign(pipeline.ports.ledger, { record: () => Promise.reject(new Error("throttled")) });
    const range = { name: "often", from: at("00:01:00"), until: at("00:02:00") };
    await expect(ask("schedules.backfill", range)).rejects.toThrow("throttled");
    Object.assign(pipeline.ports.ledger, { record });
    await pipeline.live(minute);
    expect(ran).toContain("01T00:01:00Z");
    expect((await history("often")).find((line) => line.startsWith("00:01:00"))).toBe("00:01:00 caught-up");
  });
});

describe("schedules.audit", () => {
  test("reports nothing missing after a schedule was deleted", async () => {
    const { job } = recordingJob("bill");
    const { pipeline, ask, audit } = await deployPipeline([job]);
    await ask("schedules.create", { name: "often", job: "bill", rule: "every 1 minute", input: {} });
    await pipeline.live(3 * minute);
    await ask("schedules.delete", { name: "often" });
    await pipeline.live(20 * minute);
    expect(await audit("often")).toMatchObject({ missing: [], unexpected: [] });
  });
});

test("makes every instant due for which former jobs had no run, after an edit of the rule", () => {
  const before = {
    job: "beta",
    nextFireAt: 300_000,
    formerJobs: [{ job: "alpha", plannedTo: 260_000, checkedTo: 900_000, changedAt: 100_000, version: 1 }],
  } as ScheduleRow;
  const when = { now: 164_000, isSameRule: false };
  expect(formerJobsAfter(before, "beta", when).formerJobs).toEqual([
    { job: "alpha", checkedTo: 900_000, changedAt: 100_000, version: 1 },
  ]);
  expect(formerJobsAfter(before, "beta", { ...when, isSameRule: true }).formerJobs).toEqual(
    before.formerJobs,
  );
});

test("does not report an occurrence that an operator cancelled before the rule was changed", async () => {
  const { job } = recordingJob("bill");
  const { pipeline, ask, audit } = await deployPipeline([job]);
  await ask("schedules.create", { name: "often", job: "bill", rule: "every 30 seconds", input: {} });
  await pipeline.live(75 * second);
  await ask("runs.cancel", { id: "bill:often@2026-01-01T00:01:30Z" });
  await ask("schedules.edit", { name: "often", rule: "every 20 seconds" });
  await pipeline.live(5 * minute);
  expect(await audit("often")).toMatchObject({ missing: [], unexpected: [] });
});
