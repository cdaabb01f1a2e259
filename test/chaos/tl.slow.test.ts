import { afterAll, beforeAll, jest, test } from "@jest/globals";
import { onDeployments } from "./deployment.ts";
import { type Ground, prepareGround } from "./ground.ts";
import { deathsIn, die, nameOf } from "./matrix.ts";
import { callsOf, replay } from "./replay.ts";
import { workerScenario } from "./scenarios/worker.ts";
import { sweeperScenario } from "./scenarios/sweeper.ts";
jest.setTimeout(300_000);
let ground: Ground;
beforeAll(async () => { ground = await prepareGround(); });
afterAll(() => ground.stop());
test.each([workerScenario, sweeperScenario])("x", async (scenario) => {
    const deaths = deathsIn(await callsOf(ground, scenario)).slice(6,8);
    for (const death of deaths) { process.stderr.write(nameOf(death)+"\n"); await onDeployments(ground, [death], (d) => replay(d, { scenario, faultOf: die(death) })); }
});
