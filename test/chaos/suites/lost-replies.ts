import { describe, expect, test } from "@jest/globals";
import { type Call, isWrite } from "../../../localstack/chaos/call.ts";
import {
  atCall,
  errorBefore,
  executeThenError,
  executeThenReset,
  type FaultOf,
  onceAtEach,
  sendTwice,
  throttle,
} from "../../../localstack/chaos/faults.ts";
import { problemsOf } from "../deployment.ts";
import { nameOf, writesIn } from "../matrix.ts";
import { callsOf, replay } from "../replay.ts";
import { clientScenario } from "../scenarios/client.ts";
import { dispatcherScenario } from "../scenarios/dispatcher.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { sweeperScenario } from "../scenarios/sweeper.ts";
import { workerScenario } from "../scenarios/worker.ts";
import type { SharedSetup } from "../shared-setup.ts";

/** What the SDK makes good by sending again. */
interface FaultCase {
  readonly name: string;
  readonly faultOf: () => FaultOf;
}

const atEveryWrite: readonly FaultCase[] = [
  { name: "every reply is lost", faultOf: () => onceAtEach(isWrite, executeThenReset) },
  { name: "every reply is an error", faultOf: () => onceAtEach(isWrite, executeThenError) },
  { name: "every write fails at first", faultOf: () => onceAtEach(isWrite, errorBefore) },
  { name: "every write is throttled at first", faultOf: () => onceAtEach(isWrite, throttle) },
  { name: "every write arrives twice", faultOf: () => onceAtEach(isWrite, sendTwice) },
];

const atOneWrite = (calls: readonly Call[]): readonly FaultCase[] =>
  writesIn(calls).map((place) => ({
    name: `the reply is lost to ${nameOf(place)}`,
    faultOf: () => atCall(place, executeThenReset),
  }));

const faultCasesOf = async (ground: SharedSetup, scenario: Scenario): Promise<readonly FaultCase[]> => [
  ...atEveryWrite,
  ...(scenario === sweeperScenario ? [] : atOneWrite(await callsOf(ground, scenario))),
];

const scenarios = [workerScenario, dispatcherScenario, sweeperScenario, clientScenario];

export const lostReplies = (ground: () => SharedSetup): void => {
  describe.each(scenarios)("a $victim whose writes meet with trouble", (scenario) => {
    test("knows what is its own: nobody is charged, and nothing happens twice", async () => {
      const troubles = await faultCasesOf(ground(), scenario);
      let met = 0;
      const problems = await problemsOf(ground(), troubles, async (deployment, { faultOf }, life) => {
        const { outcomes, victimCalls } = await replay(deployment, { scenario, faultOf, recovery: life });
        expect(outcomes).toMatchObject([{ ok: true }]);
        expect(rejectedSettles(deployment.functions[scenario.victim].lines)).toEqual([]);
        if (wereSentAgain(victimCalls)) met++;
      });
      expect(problems).toEqual([]);
      expect(met).toBeGreaterThanOrEqual(Math.floor(0.85 * troubles.length));
    });
  });
};

const rejectedSettles = (lines: readonly { readonly text: string }[]): readonly string[] =>
  lines.map(({ text }) => text).filter((text) => text.includes("settle rejected"));

const wereSentAgain = (calls: readonly Call[]): boolean =>
  new Set(calls.map(({ body }) => body)).size < calls.length ||
  calls.some(({ replies }) => replies.length > 1);
