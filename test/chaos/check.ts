import { expect } from "@jest/globals";
import * as z from "zod";
import type { Run } from "../../shared/core/runs/run.ts";
import type { Environment } from "./environment.ts";
import type { Observations } from "./observations.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** Checks that no run is lost, settled twice, charged for another run's crash, started early or ended without a reason. */
export const check = async (
  environment: Environment,
  scenario: Scenario,
  observations: Observations,
): Promise<void> => {
  checkFinalStates(scenario, observations);
  for (const run of observations.runs) {
    checkAttempts(scenario, observations, run);
    checkEffects(observations, run);
  }
  checkDeadLetters(scenario, observations);
  await checkResults(environment, observations);
  await scenario.check?.(environment, observations);
};

const checkFinalStates = ({ finalStates }: Scenario, observations: Observations): void => {
  const named = observations.runs.filter(({ schedule }) => schedule === undefined);
  const found = named.map((run) => (finalStates[run.id]?.includes(run.state) ? run.id : run));
  expect(found.toSorted()).toEqual(Object.keys(finalStates).toSorted());
  const written = observations.finalWrites.map(({ run }) => run);
  expect(written.filter((run, i) => written.indexOf(run) !== i)).toEqual([]);
};

/** A claim that neither failed nor ended is a crash. There must be no more crashes than kills. */
const checkAttempts = (
  { failures = {}, crashes: before = {} }: Scenario,
  { kills }: Observations,
  run: Run,
): void => {
  const [expected, least] = [failures[run.id] ?? 0, before[run.id] ?? 0];
  const facts = { run: run.id, state: run.state, attempt: run.claimCount, failed: run.failedAttempts };
  if (run.state === "succeeded") {
    const crashes = run.claimCount - run.claimCountAtStart - 1 - run.failedAttempts;
    const isRight =
      crashes >= least &&
      crashes <= least + kills &&
      run.failedAttempts <= expected &&
      run.failedAttempts + crashes >= expected;
    expect({ ...facts, isRight }).toEqual({ ...facts, isRight: true });
  }
};

/** Every effect belongs to a distinct attempt, after the run was due and before it ended. */
const checkEffects = ({ effects, kills }: Observations, run: Run): void => {
  const own = effects.filter((effect) => effect.run === run.id);
  const attempts = own.map(({ attempt }) => attempt);
  expect({ run: run.id, attempts: [...new Set(attempts)] }).toEqual({ run: run.id, attempts });
  const most = run.failedAttempts + 1 + kills;
  const least = run.state === "succeeded" ? 1 : 0;
  const endedAt = "endedAt" in run ? run.endedAt : 0;
  const wrong = own.filter(({ at, dueAt }) => at < dueAt || at < run.dueAt || at > endedAt);
  const facts = { run: run.id, effects: own.length, wrong };
  expect({ ...facts, isRight: own.length >= least && own.length <= most }).toEqual({
    ...facts,
    wrong: [],
    isRight: true,
  });
};

const checkDeadLetters = (
  { orphanReasons: wanted = [] }: Scenario,
  { runs, deadLetters }: Observations,
): void => {
  for (const run of runs.filter(({ state }) => state === "dead")) {
    const reasons = deadLetters.filter((one) => one.run === run.id).map(({ reason }) => reason);
    expect({ run: run.id, reasons: [...new Set(reasons)] }).toEqual({
      run: run.id,
      reasons: ["reason" in run ? run.reason : ""],
    });
  }
  const orphans = deadLetters.filter(({ run }) => run === undefined).map(({ reason }) => reason);
  for (const start of wanted) expect(orphans).toContainEqual(expect.stringMatching(`^${start}`));
  const alive = runs.filter(({ state }) => state !== "dead").map(({ id }) => id);
  expect(deadLetters.filter(({ run }) => run !== undefined && alive.includes(run))).toEqual([]);
};

/** A result stored outside the row belongs to the attempt that succeeded according to the row. */
const checkResults = async ({ ports }: Environment, { runs }: Observations): Promise<void> => {
  for (const run of runs) {
    if (run.state !== "succeeded" || !run.resultStored) continue;
    const text = (await ports.payloads.load(run.id, `result#${run.token}`)) ?? "null";
    const attempt = z.object({ attempt: z.number() }).parse(JSON.parse(text)).attempt;
    expect({ run: run.id, resultOf: attempt }).toEqual({ run: run.id, resultOf: run.claimCount });
  }
};
