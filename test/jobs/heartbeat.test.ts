import { expect, test } from "@jest/globals";
import { heartbeat } from "../../jobs/heartbeat.ts";
import { perform } from "../../shared/testing/perform.ts";

test("heartbeat returns its lateness", async () => {
  const before = Date.now();
  const { result } = await perform(heartbeat, undefined, { run: { dueAt: new Date(before - 5_000) } });
  const { latenessMs } = result as { latenessMs: number };
  expect(latenessMs).toBeGreaterThanOrEqual(5_000);
  expect(latenessMs).toBeLessThanOrEqual(Date.now() - before + 5_000);
});

test("heartbeat refuses an input", async () => {
  await expect(perform(heartbeat, {} as never)).rejects.toThrow(/expected no input/);
});
