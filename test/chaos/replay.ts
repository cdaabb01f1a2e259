import { setTimeout as wait } from "node:timers/promises";
import type { Call } from "../../localstack/chaos/call.ts";
import type { FaultOf } from "../../localstack/chaos/faults.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import { check } from "./check.ts";
import { type Deployment, onDeployment } from "./deployment.ts";
import { revealLetters } from "./lane.ts";
import { type Evidence, gather } from "./observations.ts";
import { heal } from "./recovery.ts";
import type { Prepared, Scenario } from "./scenarios/scenario.ts";
import type { Ground } from "./shared-setup.ts";

export interface ReplayOptions {
  readonly scenario: Scenario;
  readonly faultOf?: (victim: Victim) => FaultOf;
  /** How many processes are given the same event at once. Default 1. */
  readonly copies?: number;
  /** Which of the scenario's lives follows. */
  readonly life?: number;
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
  { scenario, faultOf, copies = 1, life = 0 }: ReplayOptions,
): Promise<Evidence> => {
  const { event, after } = await begin(deployment, scenario);
  const victim = deployment.functions[scenario.victim];
  const first = Promise.withResolvers<Invocation>();
  const kill = (): void => victim.signal("SIGKILL");
  victim.proxy.startPhase(faultOf?.({ kill, answered: first.promise }));
  const invocations = Array.from({ length: copies }, () => victim.invoke(event, scenario.aheadMs));
  Promise.race(invocations).then(first.resolve, first.reject);
  const outcomes = await Promise.all(invocations);
  if (faultOf) await wait(afterthoughtMs);
  const victimCalls = victim.proxy.startPhase();
  for (const outcome of outcomes) await after?.(outcome);
  await revealLetters(deployment.stage, victimCalls);
  const laterCalls = await heal(
    deployment,
    scenario.lives[life % scenario.lives.length] ?? scenario.lives[0],
  );
  return await conclude(deployment, scenario, { outcomes, victimCalls, laterCalls });
};

/** A process that dies a moment after its last reply may have answered before. It dies in its own time, not in the next. */
const afterthoughtMs = 25;

/** The stage is set. */
export const begin = async ({ stage, functions }: Deployment, scenario: Scenario): Promise<Prepared> => {
  const prepared = await scenario.prepare(stage);
  if (scenario.isCold) await functions[scenario.victim].restart();
  for (const { proxy } of Object.values(functions)) proxy.startPhase();
  return prepared;
};

export const conclude = async (
  { stage }: Deployment,
  scenario: Scenario,
  seen: Parameters<typeof gather>[1],
): Promise<Evidence> => {
  const evidence = await gather(stage, seen);
  await check(stage, scenario, evidence);
  return evidence;
};

/** What the victim asks of AWS when nothing befalls it. */
export const callsOf = async (ground: Ground, scenario: Scenario): Promise<readonly Call[]> => {
  const { victimCalls } = await onDeployment(ground, (deployment) => replay(deployment, { scenario }));
  return victimCalls;
};
