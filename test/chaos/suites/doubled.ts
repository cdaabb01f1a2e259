import { describe, expect, test } from "@jest/globals";
import type { Call } from "../../../localstack/chaos/call.ts";
import { atCall, type FaultOf, holdUntil, noFault } from "../../../localstack/chaos/faults.ts";
import { problemsOf } from "../deployment.ts";
import { nameOf, writesIn } from "../matrix.ts";
import { callsOf, replay, type Victim } from "../replay.ts";
import { dispatcherScenario } from "../scenarios/dispatcher.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { sweeperScenario } from "../scenarios/sweeper.ts";
import { workerScenario } from "../scenarios/worker.ts";
import type { SharedSetup } from "../shared-setup.ts";
import { replayZombie } from "../zombie.ts";

interface Race {
  readonly name: string;
  readonly faultOf: (victim: Victim) => FaultOf;
}

const evenRace: Race = { name: "concurrent", faultOf: () => noFault };

const unevenRaces = (calls: readonly Call[]): readonly Race[] =>
  writesIn(calls).map((place) => ({
    name: `one waits before ${nameOf(place)} until the other has finished`,
    faultOf: ({ answered }) => atCall(place, holdUntil(answered)),
  }));

const racesOf = async (setup: SharedSetup, scenario: Scenario): Promise<readonly Race[]> => [
  evenRace,
  evenRace,
  evenRace,
  ...(scenario === sweeperScenario ? [] : unevenRaces(await callsOf(setup, scenario))),
];

export const doubledEvents = (setup: () => SharedSetup): void => {
  describe.each([workerScenario, dispatcherScenario, sweeperScenario])(
    "two $victim processes that receive the same event",
    (scenario) => {
      test("have its effects once, wherever one of them is slow", async () => {
        const races = await racesOf(setup(), scenario);
        const problems = await problemsOf(setup(), races, async (deployment, { faultOf }, life) => {
          const { outcomes } = await replay(deployment, { scenario, copies: 2, faultOf, recovery: life });
          expect(outcomes).toMatchObject([{ ok: true }, { ok: true }]);
        });
        expect(problems).toEqual([]);
      });
    },
  );

  test("a worker that freezes at a write changes nothing when it wakes during or after the recovery", async () => {
    const scenario = workerScenario;
    const places = writesIn(await callsOf(setup(), scenario));
    const settles = places.filter(({ kind }) => kind === settle);
    expect(settles).not.toEqual([]);
    const cases = [
      ...places.map((place) => ({ name: `frozen at ${nameOf(place)}`, place, wakesAt: undefined })),
      ...settles.map((place) => ({
        name: `frozen at ${nameOf(place)}, awake before its successor settles`,
        place,
        wakesAt: { kind: settle, nth: 0 },
      })),
    ];
    const problems = await problemsOf(setup(), cases, (deployment, { place, wakesAt }) =>
      replayZombie(deployment, { scenario, place, wakesAt }),
    );
    expect(problems).toEqual([]);
  });
};

const settle = "BatchExecuteStatement UPDATE runs WHERE id state token";
