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

/** A fault that the SDK's retries should hide. */
interface FaultCase {
  readonly name: string;
  readonly faultOf: () => FaultOf;
}

const atEveryWrite: readonly FaultCase[] = [
  { name: "every reply is lost", faultOf: () => onceAtEach(isWrite, executeThenReset) },
  { name: "every reply is an error", faultOf: () => onceAtEach(isWrite, executeThenError) },
  { name: "every first write fails", faultOf: () => onceAtEach(isWrite, errorBefore) },
  { name: "every first write is throttled", faultOf: () => onceAtEach(isWrite, throttle) },
  { name: "every write arrives twice", faultOf: () => onceAtEach(isWrite, sendTwice) },
];

const atOneWrite = (calls: readonly Call[]): readonly FaultCase[] =>
  writesIn(calls).map((place) => ({
    name: `the reply is lost to ${nameOf(place)}`,
    faultOf: () => atCall(place, executeThenReset),
  }));

const faultCasesOf = async (setup: SharedSetup, scenario: Scenario): Promise<readonly FaultCase[]> => [
  ...atEveryWrite,
  ...(scenario === sweeperScenario ? [] : atOneWrite(await callsOf(setup, scenario))),
];

const scenarios = [workerScenario, dispatcherScenario, sweeperScenario, clientScenario];

export const lostReplies = (setup: () => SharedSetup): void => {
  describe.each(scenarios)("a $victim whose writes or replies fail", (scenario) => {
    test("recognizes its own writes: charges no run, and repeats no effect", async () => {
      const troubles = await faultCasesOf(setup(), scenario);
      let met = 0;
      const problems = await problemsOf(setup(), troubles, async (deployment, { faultOf }, life) => {
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
