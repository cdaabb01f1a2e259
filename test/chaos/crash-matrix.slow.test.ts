import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { onDeployments } from "./deployment.ts";
import { type Ground, prepareGround } from "./ground.ts";
import { deathsIn, die, nameOf } from "./matrix.ts";
import { callsOf, replay } from "./replay.ts";
import { clientScenario } from "./scenarios/client.ts";
import { dispatcherScenario } from "./scenarios/dispatcher.ts";
import { sweeperScenario } from "./scenarios/sweeper.ts";
import { workerScenario } from "./scenarios/worker.ts";

jest.setTimeout(300_000);

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.stop());

const scenarios = [workerScenario, dispatcherScenario, sweeperScenario, clientScenario];

describe.each(scenarios)("a $victim that is killed", (scenario) => {
  test("at any of its calls, before it, in it or after it, loses nothing and settles nothing twice", async () => {
    const t = performance.now();
    const deaths = deathsIn(await callsOf(ground, scenario));
    const outcomes = await onDeployments(ground, [...deaths.entries()], async (deployment, [life, death]) => {
      try {
        const { kills } = await replay(deployment, { scenario, faultOf: die(death), life });
        return { kills, problem: undefined };
      } catch (error) {
        return { kills: 1, problem: `killed ${death.phase}: ${nameOf(death)}: ${error}` };
      }
    });
    process.stderr.write(`${scenario.victim} ${deaths.length} ${outcomes.reduce((s,o)=>s+o.kills,0)} ${performance.now() - t}\n`);
    expect(outcomes.flatMap(({ problem }) => problem ?? [])).toEqual([]);
    // Some calls are made only if records of a batch meet in time, and after its last reply a process is at peace.
    expect(outcomes.filter(({ kills }) => kills > 0).length).toBeGreaterThan(0.9 * deaths.length - 1);
  });
});
