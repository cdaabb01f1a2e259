import { expect, test } from "@jest/globals";
import { occurrenceRunId } from "../../shared/core/schedules/occurrence.ts";
import { scheduleHistory } from "../../shared/operations/schedules/schedule-ledger.ts";
import type { GetDeployment } from "./deployment.ts";
import { eventually } from "./eventually.ts";

export const schedules = (deployment: GetDeployment): void => {
  test("every occurrence that is sent runs once, and not before it is due", async () => {
    const { reaches, ...context } = deployment().pipeline;
    // EventBridge ticks for the first time a minute after the deployment.
    const { times } = await eventually(
      () => scheduleHistory.run({ name: "heartbeat", limit: 200 }, context),
      ({ times }) => times.filter(({ outcome }) => outcome === "fired").length >= 3,
      120_000,
    );
    const fired = times.filter(({ outcome }) => outcome === "fired").map(({ at }) => Date.parse(at));
    const [third = 0, second = 0, first = 0] = fired;
    expect([second - first, third - second]).toEqual([5_000, 5_000]);
    for (const due of [first, second, third]) {
      const run = await reaches(occurrenceRunId("heartbeat", "heartbeat", due), "succeeded");
      expect(run).toMatchObject({ schedule: "heartbeat", attempts: 1, dueAt: new Date(due).toISOString() });
      expect(Date.parse(run.startedAt ?? "")).toBeGreaterThanOrEqual(due);
    }
  });
};
