import { describe, expect, test } from "@jest/globals";
import { problemsOf } from "../deployment.ts";
import { crashAt, crashPointsIn } from "../matrix.ts";
import { callsOf, replay } from "../replay.ts";
import { clientScenario } from "../scenarios/client.ts";
import { dispatcherScenario } from "../scenarios/dispatcher.ts";
import { sweeperScenario } from "../scenarios/sweeper.ts";
import { workerScenario } from "../scenarios/worker.ts";
import type { SharedSetup } from "../shared-setup.ts";

const scenarios = [workerScenario, dispatcherScenario, sweeperScenario, clientScenario];

export const crashMatrix = (setup: () => SharedSetup): void => {
  describe.each(scenarios)("a killed $victim", (scenario) => {
    test("loses no run and settles none twice, at whichever call it is killed", async () => {
      const deaths = crashPointsIn(await callsOf(setup(), scenario));
      let killed = 0;
      const problems = await problemsOf(setup(), deaths, async (deployment, death, life) => {
        const { kills } = await replay(deployment, { scenario, faultOf: crashAt(death), recovery: life });
        killed += kills;
      });
      expect(problems).toEqual([]);
      // Some calls happen only when records of a batch coincide, and some kills come after the answer.
      expect(killed).toBeGreaterThanOrEqual(Math.floor(0.85 * deaths.length));
    });
  });
};
