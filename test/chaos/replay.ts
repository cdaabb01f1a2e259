import { setTimeout as wait } from "node:timers/promises";
import type { Call } from "../../localstack/chaos/call.ts";
import type { FaultOf } from "../../localstack/chaos/faults.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import { check } from "./check.ts";
import { type Deployment, onDeployment } from "./deployment.ts";
import { revealDeadLetters } from "./lane.ts";
import { collectObservations, type Observations } from "./observations.ts";
import { runRecovery } from "./recovery.ts";
import type { Prepared, Scenario } from "./scenarios/scenario.ts";
import type { SharedSetup } from "./shared-setup.ts";

export interface ReplayOptions {
  readonly scenario: Scenario;
  readonly faultOf?: (victim: Victim) => FaultOf;
  /** How many processes receive the same event concurrently. Default 1. */
  readonly copies?: number;
  /** Index of the scenario's recovery. */
  readonly recovery?: number;
}

/** The victim as a fault sees it. */
export interface Victim {
  kill(): void;
  /** Resolves when the first copy has answered or ended. */
  readonly answered: Promise<unknown>;
}

/**
 * Plays a scenario with a fault, then its recovery.
 * @throws Error when the pipeline broke one of its promises
 */
export const replay = async (
  deployment: Deployment,
  { scenario, faultOf, copies = 1, recovery = 0 }: ReplayOptions,
): Promise<Observations> => {
  const { event, after } = await prepareReplay(deployment, scenario);
  const victim = deployment.functions[scenario.victim];
  const first = Promise.withResolvers<Invocation>();
  const kill = (): void => victim.signal("SIGKILL");
  victim.proxy.startPhase(faultOf?.({ kill, answered: first.promise }));
  const invocations = Array.from({ length: copies }, () => victim.invoke(event, scenario.aheadMs));
  Promise.race(invocations).then(first.resolve, first.reject);
  const outcomes = await Promise.all(invocations);
  if (faultOf) await wait(lateKillMs);
  const victimCalls = victim.proxy.startPhase();
  for (const outcome of outcomes) await after?.(outcome);
  await revealDeadLetters(deployment.environment, victimCalls);
  const laterCalls = await runRecovery(
    deployment,
    scenario.recoveries[recovery % scenario.recoveries.length] ?? scenario.recoveries[0],
  );
  return await checkReplay(deployment, scenario, { outcomes, victimCalls, laterCalls });
};

/** Lets a delayed kill after the last reply happen before the next phase. */
const lateKillMs = 25;

/** Prepares a scenario and starts a new phase of every proxy. */
export const prepareReplay = async (
  { environment, functions }: Deployment,
  scenario: Scenario,
): Promise<Prepared> => {
  const prepared = await scenario.prepare(environment);
  if (scenario.isCold) await functions[scenario.victim].restart();
  for (const { proxy } of Object.values(functions)) proxy.startPhase();
  return prepared;
};

export const checkReplay = async (
  { environment }: Deployment,
  scenario: Scenario,
  seen: Parameters<typeof collectObservations>[1],
): Promise<Observations> => {
  const observations = await collectObservations(environment, seen);
  await check(environment, scenario, observations);
  return observations;
};

/** The victim's AWS calls without faults. */
export const callsOf = async (setup: SharedSetup, scenario: Scenario): Promise<readonly Call[]> => {
  const { victimCalls } = await onDeployment(setup, (deployment) => replay(deployment, { scenario }));
  return victimCalls;
};
