import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { defineJob, every, schedule } from "../../../shared/index.ts";
import { createReconcilePeriodically } from "../../../shared/pipeline/dispatcher/reconcile-periodically.ts";
import { createMemory } from "../../../shared/testing/memory.ts";

const heartbeat = defineJob({ name: "heartbeat", run: () => undefined });
const registry = defineRegistry([heartbeat], [schedule(every("1 minute"), heartbeat)]);
const unchanged = { created: [], changed: [], removed: [], over: [] };
const minute = 60_000;

describe("reconcilePeriodically", () => {
  test("reconciles at the first call and then every ten minutes", async () => {
    const { ports, clock } = createMemory();
    const reconcilePeriodically = createReconcilePeriodically();
    expect(await reconcilePeriodically(ports, registry)).toMatchObject({ created: ["heartbeat"] });
    await clock.advance(10 * minute - 1);
    expect(await reconcilePeriodically(ports, registry)).toBeUndefined();
    await clock.advance(1);
    expect(await reconcilePeriodically(ports, registry)).toEqual(unchanged);
    expect(await reconcilePeriodically(ports, registry)).toBeUndefined();
  });

  test("restores what an older deployment has undone", async () => {
    const { ports, clock } = createMemory();
    const reconcilePeriodically = createReconcilePeriodically();
    await reconcilePeriodically(ports, registry);
    await createReconcilePeriodically()(ports, defineRegistry([heartbeat], []));
    await clock.advance(10 * minute);
    expect(await reconcilePeriodically(ports, registry)).toMatchObject({ changed: ["heartbeat"] });
  });

  test("reconciles again at the next call after a failure", async () => {
    const { ports } = createMemory();
    const reconcilePeriodically = createReconcilePeriodically();
    const failing = {
      ...ports.jobNames,
      ensure: async () => {
        throw new Error("the table is throttled");
      },
    };
    await expect(reconcilePeriodically({ ...ports, jobNames: failing }, registry)).rejects.toThrow(
      "throttled",
    );
    expect(await reconcilePeriodically(ports, registry)).toEqual(unchanged);
  });
});
