import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type Ground, prepareGround } from "./ground.ts";
import { replay } from "./replay.ts";
import { workerScenario } from "./worker-scenario.ts";

jest.setTimeout(180_000);
let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.stop());

test("clean", async () => {
  const t = Date.now();
  const e = await replay(ground, { scenario: workerScenario });
  console.log(Date.now() - t, e.outcome, e.victimCalls.map((c) => c.kind), e.runs.map(r => [r.id, r.state, r.attempt, r.failed]), e.letters, e.effects, e.ends);
  expect(1).toBe(1);
});
