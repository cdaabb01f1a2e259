import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../shared/core/jobs/registry.ts";
import { cron, defineJob, every, schedule } from "../../../shared/index.ts";
import { pauseSchedule } from "../../../shared/pipeline/schedules/control.ts";
import { auditSchedule } from "../../../shared/pipeline/schedules/ledger.ts";
import { createPipeline, minute } from "../support/pipeline-harness.ts";

const beat = defineJob({ name: "beat", run: ({ run }) => run.dueAt.toISOString() });
const one = (rule = every("1 minute")) => [schedule(rule, beat)];

describe("a deploy", () => {
  test("of the same code changes nothing", async () => {
    const pipeline = createPipeline([beat], one());
    expect(await pipeline.reconcile()).toEqual({ created: ["beat"], changed: [], removed: [], over: [] });
    expect(await pipeline.reconcile()).toEqual({ created: [], changed: [], removed: [], over: [] });
  });

  test("notices another zone and another DST policy of the same expression", async () => {
    const daily = (zone: string) => [schedule(cron("30 2 * * *", zone), beat)];
    const pipeline = createPipeline([beat], daily("Europe/Madrid"));
    await pipeline.reconcile();
    expect(await pipeline.deploy([beat], daily("America/New_York"))).toMatchObject({ changed: ["beat"] });
    const skipping = [schedule(cron("30 2 * * *", "America/New_York"), beat, undefined, { dst: "skip" })];
    expect(await pipeline.deploy([beat], skipping)).toMatchObject({ changed: ["beat"] });
    expect(await pipeline.deploy([beat], skipping)).toMatchObject({ changed: [] });
  });

  test("keeps a paused schedule paused", async () => {
    const pipeline = createPipeline([beat], one());
    await pipeline.reconcile();
    await pauseSchedule({ ports: pipeline.ports, registry: defineRegistry([beat], one()) }, "beat", {});
    await pipeline.deploy([beat], one(every("2 minutes")));
    expect((await pipeline.ports.schedules.all())[0]).toMatchObject({
      state: "paused",
      rule: { text: "every 2 minutes" },
    });
  });

  test("that changes a rule leaves no missing entries before the change", async () => {
    const pipeline = createPipeline([beat], one());
    await pipeline.reconcile();
    const begin = pipeline.clock.now();
    await pipeline.live(10 * minute);
    const next = one(every("20 seconds"));
    await pipeline.deploy([beat], next);
    await pipeline.live(10 * minute);
    const context = { ports: pipeline.ports, registry: defineRegistry([beat], next) };
    const audit = await auditSchedule(context, "beat", { from: begin, until: pipeline.clock.now() });
    expect(audit).toMatchObject({ missing: [] });
    expect(audit.due).toBeGreaterThan(20);
  });

  test("removes schedules that code no longer has, and restores them with the code", async () => {
    const pipeline = createPipeline([beat], one());
    await pipeline.reconcile();
    expect(await pipeline.deploy([beat], [])).toMatchObject({ removed: ["beat"] });
    expect(await pipeline.deploy([beat], one())).toMatchObject({ changed: ["beat"] });
    expect((await pipeline.ports.schedules.all())[0]).toMatchObject({ state: "active" });
  });
});
