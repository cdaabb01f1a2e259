import type { World } from "../world.ts";
import { type Check, collectEvidence } from "./evidence.ts";
import {
  finishedCounts,
  neverBeside,
  neverEarly,
  noneAfterEnd,
  oneJobEach,
  successIsTrue,
} from "./handlers.ts";
import {
  auditsAreClean,
  eachOnce,
  historyAgrees,
  pausesHold,
  skippedDidNotRun,
  turnsHold,
} from "./occurrences.ts";
import {
  allEnd,
  answersHold,
  chargesAreTrue,
  deathsAreTrue,
  deathsHaveLetters,
  deathsHaveOneLetter,
  nothingCrashes,
} from "./runs.ts";

/** What must hold after any simulation, whatever went wrong in it. */
const checks: readonly Check[] = [
  allEnd,
  answersHold,
  neverEarly,
  neverBeside,
  noneAfterEnd,
  finishedCounts,
  successIsTrue,
  oneJobEach,
  deathsAreTrue,
  chargesAreTrue,
  deathsHaveLetters,
  deathsHaveOneLetter,
  eachOnce,
  skippedDidNotRun,
  historyAgrees,
  auditsAreClean,
  pausesHold,
  turnsHold,
  nothingCrashes,
];

/** All violations, each once. */
export const findViolations = async (world: World, healedAt: number): Promise<readonly string[]> => {
  const evidence = await collectEvidence(world, healedAt);
  return [...new Set(checks.flatMap((check) => check(evidence)))];
};
