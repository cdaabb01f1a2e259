import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { onDeployments } from "./deployment.ts";
import { type Ground, prepareGround } from "./ground.ts";
import { deathAt, nameOf, type Phase, type Place, phases, placesIn } from "./matrix.ts";
import { replay } from "./replay.ts";
import { clientScenario } from "./scenarios/client.ts";
import { dispatcherScenario } from "./scenarios/dispatcher.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { sweeperScenario } from "./scenarios/sweeper.ts";
import { workerScenario } from "./scenarios/worker.ts";

jest.setTimeout(400_000);
let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.stop());

interface Death {
  readonly place: Place;
  readonly phase: Phase;
  readonly life: number;
}

/** Every place of the scenario in each phase, after the calls that it made when nothing befell it. */
const deathsOf = async (scenario: Scenario): Promise<readonly Death[]> => {
  const [clean] = await onDeployments(ground, [scenario], (deployment) => replay(deployment, { scenario }));
  const places = placesIn(clean?.victimCalls ?? []);
  return places.flatMap((place) => phases.map((phase) => ({ place, phase }))).map((death, life) => ({ ...death, life }));
};

describe.each([workerScenario, dispatcherScenario, sweeperScenario, clientScenario])("a $victim that is killed", (scenario) => {
  test("at any of its calls, before it, in it or after it, loses nothing and settles nothing twice", async () => {
    const t = performance.now();
    const deaths = await deathsOf(scenario);
    let killed = 0;
    const problems = await onDeployments(ground, deaths, async (deployment, { place, phase, life }) => {
      try {
        const { outcome } = await replay(deployment, { scenario, faultOf: deathAt(place, phase), life });
        if (!outcome.ok) killed++;
        return [];
      } catch (error) {
        return [`killed ${phase}: ${nameOf(place)}: ${error}`];
      }
    });
    console.log(deaths.length, killed, performance.now() - t, [...new Set(deaths.map(({ place }) => nameOf(place)))], process.cpuUsage());
    expect(problems.flat()).toEqual([]);
  });
});
