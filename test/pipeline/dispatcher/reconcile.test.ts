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
    const world = createPipeline([beat], one());
    expect(await world.reconcile()).toEqual({ created: ["beat"], changed: [], removed: [], over: [] });
    expect(await world.reconcile()).toEqual({ created: [], changed: [], removed: [], over: [] });
  });

  test("notices another zone and another DST policy of the same expression", async () => {
    const daily = (zone: string) => [schedule(cron("30 2 * * *", zone), beat)];
    const world = createPipeline([beat], daily("Europe/Madrid"));
    await world.reconcile();
    expect(await world.deploy([beat], daily("America/New_York"))).toMatchObject({ changed: ["beat"] });
    const skipping = [schedule(cron("30 2 * * *", "America/New_York"), beat, undefined, { dst: "skip" })];
    expect(await world.deploy([beat], skipping)).toMatchObject({ changed: ["beat"] });
    expect(await world.deploy([beat], skipping)).toMatchObject({ changed: [] });
  });

  test("keeps a paused schedule paused", async () => {
    const world = createPipeline([beat], one());
    await world.reconcile();
    await pauseSchedule({ ports: world.ports, registry: defineRegistry([beat], one()) }, "beat", {});
    await world.deploy([beat], one(every("2 minutes")));
    expect((await world.ports.schedules.all())[0]).toMatchObject({
      state: "paused",
      rule: { text: "every 2 minutes" },
    });
  });

  test("that changes a rule leaves no missing entries before the change", async () => {
    const world = createPipeline([beat], one());
    await world.reconcile();
    const begin = world.clock.now();
    await world.live(10 * minute);
    const next = one(every("20 seconds"));
    await world.deploy([beat], next);
    await world.live(10 * minute);
    const context = { ports: world.ports, registry: defineRegistry([beat], next) };
    const audit = await auditSchedule(context, "beat", { from: begin, until: world.clock.now() });
    expect(audit).toMatchObject({ missing: [] });
    expect(audit.due).toBeGreaterThan(20);
  });

  test("removes schedules that code no longer has, and restores them with the code", async () => {
    const world = createPipeline([beat], one());
    await world.reconcile();
    expect(await world.deploy([beat], [])).toMatchObject({ removed: ["beat"] });
    expect(await world.deploy([beat], one())).toMatchObject({ changed: ["beat"] });
    expect((await world.ports.schedules.all())[0]).toMatchObject({ state: "active" });
  });
});
