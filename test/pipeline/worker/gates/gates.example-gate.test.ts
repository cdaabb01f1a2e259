import { describe, expect, test } from "@jest/globals";
import { enqueue } from "../../../../shared/pipeline/enqueue/enqueue.ts";
import { earlyEnd, type Gate } from "../../../../shared/pipeline/worker/gates/gate.ts";
import { defaultGates } from "../../../../shared/pipeline/worker/gates/gates.ts";
import { overlap } from "../../../../shared/pipeline/worker/gates/overlap-gate.ts";
import { createPipeline, scriptedJob, second } from "../../support/pipeline-harness.ts";

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
    const onHold = new Set(["acme"]);
    const gates = defaultGates.toSpliced(defaultGates.indexOf(overlap), 0, tenantOnHold(onHold));
    const { ports, clock, drain, run } = createPipeline([scripted], [], { gates });
    const held = await enqueue(ports, scripted, {}, { tenant: "acme" });
    const other = await enqueue(ports, scripted, {}, { tenant: "umbrella" });
    await drain();
    expect([run(held.id), run(other.id)]).toMatchObject([
      { state: "queued", claimCount: 0 },
      { state: "succeeded" },
    ]);
    onHold.clear();
    await clock.advance(30 * second);
    await drain();
    expect(run(held.id)).toMatchObject({ state: "succeeded", claimCount: 1 });
  });
});
