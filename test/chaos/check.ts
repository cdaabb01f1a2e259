import { expect } from "@jest/globals";
import * as z from "zod";
import type { Run } from "../../shared/core/runs/run.ts";
import type { Environment } from "./environment.ts";
import type { Observations } from "./observations.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** Nothing lost, nothing settled twice, nobody charged for another's death, never early, never silent. */
export const check = async (
  stage: Environment,
  scenario: Scenario,
  evidence: Observations,
): Promise<void> => {
  checkFinalStates(scenario, evidence);
  for (const run of evidence.runs) {
    checkAttempts(scenario, evidence, run);
    checkEffects(evidence, run);
  }
  checkDeadLetters(scenario, evidence);
  await checkResults(stage, evidence);
  await scenario.check?.(stage, evidence);
};

const checkFinalStates = ({ finalStates }: Scenario, evidence: Observations): void => {
  const named = evidence.runs.filter(({ schedule }) => schedule === undefined);
  const found = named.map((run) => (finalStates[run.id]?.includes(run.state) ? run.id : run));
  expect(found.toSorted()).toEqual(Object.keys(finalStates).toSorted());
  const written = evidence.finalWrites.map(({ run }) => run);
  expect(written.filter((run, i) => written.indexOf(run) !== i)).toEqual([]);
};

/** What was claimed and neither failed nor ended was a crash: no more of those than there were. */
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

/** Every attempt that had an effect was one of its own, after it was due and before the run had ended. */
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
    const reasons = deadLetters.filter((letter) => letter.run === run.id).map(({ reason }) => reason);
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

/** A result that stands outside the row is that of the attempt that the row says succeeded. */
const checkResults = async ({ ports }: Environment, { runs }: Observations): Promise<void> => {
  for (const run of runs) {
    if (run.state !== "succeeded" || !run.resultStored) continue;
    const text = (await ports.payloads.load(run.id, `result#${run.token}`)) ?? "null";
    const attempt = z.object({ attempt: z.number() }).parse(JSON.parse(text)).attempt;
    expect({ run: run.id, resultOf: attempt }).toEqual({ run: run.id, resultOf: run.claimCount });
  }
};
