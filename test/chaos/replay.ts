import { setTimeout as wait } from "node:timers/promises";
import type { Call } from "../../localstack/chaos/call.ts";
import type { FaultOf } from "../../localstack/chaos/faults.ts";
import { check } from "./check.ts";
import { type Deployment, onDeployments } from "./deployment.ts";
import { type Evidence, gather } from "./evidence.ts";
import type { Ground } from "./ground.ts";
import { heal } from "./heal.ts";
import { revealLetters } from "./lane.ts";
import type { Scenario } from "./scenarios/scenario.ts";

export interface ReplayOptions {
  readonly scenario: Scenario;
  /** What befalls the victim. @param kill ends it as SIGKILL does */
  readonly faultOf?: (kill: () => void) => FaultOf;
  /** Which of the scenario's lives follows. */
  readonly life?: number;
}

/**
 * A scenario from its beginning, with a fault in it, and the world going on afterwards.
 * Rejects when a promise was broken.
 */
export const replay = async (
  deployment: Deployment,
  { scenario, faultOf, life = 0 }: ReplayOptions,
): Promise<Evidence> => {
  const { stage, functions } = deployment;
  const victim = functions[scenario.victim];
  const { event, after } = await scenario.prepare(stage);
  await victim.restart();
  for (const { proxy } of Object.values(functions)) proxy.turn();
  victim.proxy.turn(faultOf?.(victim.kill));
  const outcome = await victim.invoke(event, scenario.aheadMs);
  if (faultOf) await wait(afterthoughtMs);
  const victimCalls = victim.proxy.turn();
  await after?.(outcome);
  await revealLetters(stage, victimCalls);
  const laterCalls = await heal(deployment, scenario.lives[life % scenario.lives.length] ?? scenario.lives[0]);
  const evidence = await gather(stage, { outcome, victimCalls, laterCalls });
  check(scenario, evidence);
  await scenario.check?.(stage, evidence);
  return evidence;
};

/** A process that dies a moment after its last reply may have answered before. It dies in its own time, not in the next. */
const afterthoughtMs = 25;

/** What the victim asks of AWS when nothing befalls it. */
export const callsOf = async (ground: Ground, scenario: Scenario): Promise<readonly Call[]> => {
  const [clean] = await onDeployments(ground, [scenario], (deployment) => replay(deployment, { scenario }));
  return clean?.victimCalls ?? [];
};
