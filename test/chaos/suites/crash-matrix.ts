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

export const crashMatrix = (ground: () => SharedSetup): void => {
  describe.each(scenarios)("a $victim that is killed", (scenario) => {
    test("at any of its calls, before it, in it or after it, loses nothing and settles nothing twice", async () => {
      const deaths = crashPointsIn(await callsOf(ground(), scenario));
      let killed = 0;
      const problems = await problemsOf(ground(), deaths, async (deployment, death, life) => {
        const { kills } = await replay(deployment, { scenario, faultOf: crashAt(death), recovery: life });
        killed += kills;
      });
      expect(problems).toEqual([]);
      // Some calls are made only when records of a batch meet in time, and some deaths come after the answer.
      expect(killed).toBeGreaterThanOrEqual(Math.floor(0.85 * deaths.length));
    });
  });
};
