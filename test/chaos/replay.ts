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
  /** How many processes are given the same event at once. Default 1. */
  readonly copies?: number;
  /** Which of the scenario's lives follows. */
  readonly recovery?: number;
}

/** What a fault can do to the victim, and know of it. */
export interface Victim {
  kill(): void;
  /** The first of its copies has answered, or ended. */
  readonly answered: Promise<unknown>;
}

/**
 * A scenario from its beginning, with a fault in it, and the world going on afterwards.
 * Rejects when a promise was broken.
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

/** A process that dies a moment after its last reply may have answered before. It dies in its own time, not in the next. */
const lateKillMs = 25;

/** The stage is set. */
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
  const evidence = await collectObservations(environment, seen);
  await check(environment, scenario, evidence);
  return evidence;
};

/** What the victim asks of AWS when nothing befalls it. */
export const callsOf = async (ground: SharedSetup, scenario: Scenario): Promise<readonly Call[]> => {
  const { victimCalls } = await onDeployment(ground, (deployment) => replay(deployment, { scenario }));
  return victimCalls;
};
