import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { isWrite } from "../../localstack/chaos/call.ts";
import {
  atCall,
  errorBefore,
  executeThenError,
  executeThenReset,
  type FaultOf,
  onceAtEach,
  sendTwice,
  throttle,
} from "../../localstack/chaos/faults.ts";
import { type Deployment, onDeployments } from "./deployment.ts";
import { type Ground, prepareGround } from "./ground.ts";
import { nameOf, writesIn } from "./matrix.ts";
import { callsOf, replay } from "./replay.ts";
import { clientScenario } from "./scenarios/client.ts";
import { dispatcherScenario } from "./scenarios/dispatcher.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { sweeperScenario } from "./scenarios/sweeper.ts";
import { workerScenario } from "./scenarios/worker.ts";

jest.setTimeout(300_000);

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.stop());

interface Trouble {
  readonly name: string;
  readonly faultOf: () => FaultOf;
}

/** What the SDK or a second copy makes good, so that nobody is charged and nothing runs twice. */
const replayUnharmed = async (
  deployment: Deployment,
  { scenario, trouble, life }: { readonly scenario: Scenario; readonly trouble: Trouble; readonly life: number },
): Promise<string | undefined> => {
  try {
    const { outcome, victimCalls } = await replay(deployment, { scenario, faultOf: trouble.faultOf, life });
    expect(outcome).toMatchObject({ ok: true });
    const isHit = new Set(victimCalls.map(({ body }) => body)).size < victimCalls.length || victimCalls.some(({ replies }) => replies.length > 1);
    if (!isHit) process.stderr.write(`not hit: ${trouble.name}\n`);
    const { lines } = deployment.functions[scenario.victim];
    expect(lines.filter(({ text }) => text.includes("another owner"))).toEqual([]);
    return undefined;
  } catch (error) {
    return `${trouble.name}: ${error}`;
  }
};

const atEveryWrite: readonly Trouble[] = [
  { name: "every reply is lost", faultOf: () => onceAtEach(isWrite, executeThenReset) },
  { name: "every reply is an error", faultOf: () => onceAtEach(isWrite, executeThenError) },
  { name: "every write fails at first", faultOf: () => onceAtEach(isWrite, errorBefore) },
  { name: "every write is throttled at first", faultOf: () => onceAtEach(isWrite, throttle) },
  { name: "every write arrives twice", faultOf: () => onceAtEach(isWrite, sendTwice) },
];

const scenarios = [workerScenario, dispatcherScenario, sweeperScenario, clientScenario];

describe.each(scenarios)("a $victim whose writes meet with trouble", (scenario) => {
  test("claims and settles what is its own, once", async () => {
    const t = performance.now();
    const places = scenario === sweeperScenario ? [] : writesIn(await callsOf(ground, scenario));
    const atOneWrite = places.map((place) => ({
      name: `the reply is lost to ${nameOf(place)}`,
      faultOf: () => atCall(place, executeThenReset),
    }));
    const troubles = [...atOneWrite, ...atEveryWrite];
    const problems = await onDeployments(ground, [...troubles.entries()], (deployment, [life, trouble]) =>
      replayUnharmed(deployment, { scenario, trouble, life }),
    );
    process.stderr.write(`${scenario.victim} ${troubles.length} ${performance.now() - t}\n`);
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });
});
