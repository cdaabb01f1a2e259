import { describe, expect, test } from "@jest/globals";
import { ledgerRetentionMs } from "../../../shared/core/schedules/ledger-entry.ts";
import { cron, schedule } from "../../../shared/index.ts";
import { minute } from "../support/pipeline-harness.ts";
import { deployPipeline, recordingJob } from "../support/schedule-harness.ts";

test("reports no missing instant that is older than the ledger is kept", async () => {
  const { job } = recordingJob("seldom");
  const { pipeline, audit } = await deployPipeline([job], [schedule(cron("0 0 1 */2 *"), job, {})]);
  const { list } = pipeline.ports.ledger;
  // The table deletes rows past their TTL.
  Object.assign(pipeline.ports.ledger, {
    list: async (...query: Parameters<typeof list>) =>
      (await list(...query)).filter(
        ({ recordedAt }) => recordedAt + ledgerRetentionMs > pipeline.clock.now(),
      ),
  });
  await pipeline.live(5 * minute);
  expect(await audit("seldom")).toMatchObject({ due: 1, fired: 1, missing: [] });
  await pipeline.clock.advance(ledgerRetentionMs + minute);
  await pipeline.tick();
  expect(await audit("seldom")).toMatchObject({ due: 0, fired: 0, missing: [] });
});

describe("a range that was skipped before the rule changed", () => {
  test("is shown in the history by its two ends, which alone are certain to have been due", async () => {
    const { job } = recordingJob("beat");
    const { pipeline, ask, history } = await deployPipeline([job]);
    await ask("schedules.create", { name: "often", job: "beat", rule: "every 1 hour", input: {} });
    await pipeline.live(minute);
    await ask("schedules.pause", { name: "often", reason: "storm" });
    await pipeline.live(250 * minute);
    await ask("schedules.edit", { name: "often", rule: "every 20 minutes" });
    expect(await history("often")).toEqual([
      "00:00:00 fired",
      "01:00:00 skipped paused: storm",
      "04:00:00 skipped paused: storm",
    ]);
  });
});
