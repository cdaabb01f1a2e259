import { describe, expect, test } from "@jest/globals";
import { defineRegistry } from "../../../../shared/core/jobs/registry.ts";
import { enqueue } from "../../../../shared/pipeline/enqueue/enqueue.ts";
import { earlyEnd, type Gate } from "../../../../shared/pipeline/worker/gates/gate.ts";
import { defaultGates } from "../../../../shared/pipeline/worker/gates/gates.ts";
import { createMetricsCounter } from "../../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../../shared/pipeline/worker/process-batch.ts";
import { createPipeline, minute, scriptedJob, second } from "../../support/pipeline-harness.ts";

/** An example of a gate: it defers the runs of a tenant while the tenant is on hold. */
const tenantOnHold =
  (onHold: ReadonlySet<string>): Gate =>
  ({ batch, run: { tenant } }) =>
    tenant !== undefined && onHold.has(tenant)
      ? earlyEnd({ kind: "deferred", at: batch.ports.clock.now() + 30 * second })
      : undefined;

describe("a gate that defers the runs of a tenant on hold", () => {
  test("defers its runs, uncharged, and no others, until the tenant is released", async () => {
    const { scripted } = scriptedJob();
    const { ports, clock, receive, run } = createPipeline([scripted]);
    const onHold = new Set(["acme"]);
    const process = async () =>
      await processBatch(
        ports,
        {
          lane: "normal",
          registry: defineRegistry([scripted]),
          metricsCounter: createMetricsCounter(),
          deadlineAt: clock.now() + minute,
          gates: [...defaultGates, tenantOnHold(onHold)],
        },
        receive("normal"),
      );
    const held = await enqueue(ports, scripted, {}, { tenant: "acme" });
    const other = await enqueue(ports, scripted, {}, { tenant: "umbrella" });
    await process();
    expect([run(held.id), run(other.id)]).toMatchObject([
      { state: "queued", claimCount: 0 },
      { state: "succeeded" },
    ]);
    onHold.clear();
    await clock.advance(30 * second);
    await process();
    expect(run(held.id)).toMatchObject({ state: "succeeded", claimCount: 1 });
  });
});
