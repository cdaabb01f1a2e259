import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type Ground, prepareGround } from "./ground.ts";
import { deathAt, nameOf, phases, placesIn } from "./matrix.ts";
import { pooled } from "./pool.ts";
import { replay } from "./replay.ts";
import { workerScenario } from "./worker-scenario.ts";

jest.setTimeout(400_000);
let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.stop());

test("clean", async () => {
  const t = performance.now();
  const clean = await replay(ground, { scenario: workerScenario });
  const places = placesIn(clean.victimCalls);
  const all = places.flatMap((place) => phases.map((phase) => ({ place, phase })));
  let killed = 0;
  const failures = await pooled([...all.entries()], 6, async ([life, { place, phase }]) => {
    try {
      const { outcome } = await replay(ground, { scenario: workerScenario, faultOf: deathAt(place, phase), life });
      if (!outcome.ok) killed++;
    } catch (error) {
      return [`killed ${phase}: ${nameOf(place)}: ${error}`];
    }
    return [];
  });
  console.log(places.length, all.length, killed, performance.now() - t, process.cpuUsage());
  expect(failures.flat()).toEqual([]);
});
