import { expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { every, schedule } from "../../../shared/index.ts";
import { operatorOf } from "../support/operations-harness.ts";
import { minute, second } from "../support/pipeline-harness.ts";
import { createSlowJob, runConcurrently } from "../support/slow-harness.ts";

test.each([-5, 0, 5])(
  "records an occurrence as skipped that a worker skipped after a backfill by a machine whose clock is %d seconds off",
  async (skew) => {
    const { slow, start } = createSlowJob({ ms: 100 * second });
    const options = { overlap: "skip", catchUp: "none" } as const;
    const { pipeline } = await start(options);
    await pipeline.clock.advance(20 * minute);
    const clock = { ...pipeline.clock, now: () => pipeline.clock.now() + skew * second };
    const registry = defineRegistry([slow], [schedule(every("1 minute"), slow, undefined, options)]);
    const ask = operatorOf(() => ({ ports: { ...pipeline.ports, clock }, registry }));
    await runConcurrently(pipeline, 30 * second);
    await ask("schedules.backfill", {
      name: "slow",
      from: "2026-01-01T00:01:00Z",
      until: "2026-01-01T00:05:00Z",
    });
    await runConcurrently(pipeline, 30 * second);
    const states = pipeline.runs().filter(({ dueAt }) => dueAt > 0 && dueAt < Date.UTC(2026, 0, 1, 0, 5));
    expect(states.map(({ state }) => state)).toEqual(Array.from({ length: 4 }, () => "cancelled"));
    const range = { name: "slow", from: "2026-01-01T00:01:00Z", until: "2026-01-01T00:05:00Z" };
    const { schedules } = await ask("schedules.audit", range);
    expect(schedules).toMatchObject([{ due: 4, fired: 0, skipped: 4, missing: [], unexpected: [] }]);
  },
);
