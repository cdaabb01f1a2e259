import { setTimeout as wait } from "node:timers/promises";
import type { Call } from "../../localstack/chaos/call.ts";
import type { FaultOf } from "../../localstack/chaos/faults.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import { check } from "./check.ts";
import { type Deployment, onDeployments } from "./deployment.ts";
import { type Evidence, gather } from "./evidence.ts";
import type { Ground } from "./ground.ts";
import { heal } from "./heal.ts";
import { revealLetters } from "./lane.ts";
import type { Scenario } from "./scenarios/scenario.ts";

export interface ReplayOptions {
  readonly scenario: Scenario;
  readonly faultOf?: (victim: Victim) => FaultOf;
  /** How many processes are given the same event at once. Default 1. */
  readonly copies?: number;
  /** Nobody waits for the victim to end: the world takes it for dead and goes on. */
  readonly isLeftBehind?: boolean;
  /** Which of the scenario's lives follows. */
  readonly life?: number;
}

/** What a fault can do to the victim, and know of it. */
export interface Victim {
  signal(signal: NodeJS.Signals): void;
  /** One of its copies has answered, or ended. */
  readonly answered: Promise<unknown>;
  /** The world has gone on to its end. */
  readonly healed: Promise<unknown>;
}

/**
 * A scenario from its beginning, with a fault in it, and the world going on afterwards.
 * Rejects when a promise was broken.
 */
export const replay = async (deployment: Deployment, options: ReplayOptions): Promise<Evidence> => {
  const { scenario, faultOf, copies = 1, isLeftBehind = false, life = 0 } = options;
  const { stage, functions } = deployment;
  const victim = functions[scenario.victim];
  const { event, after } = await scenario.prepare(stage);
  await victim.restart();
  for (const { proxy } of Object.values(functions)) proxy.turn();
  const [answered, healed] = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
  const reached = Promise.withResolvers<Invocation>();
  const faults = faultOf?.({ signal: victim.signal, answered: answered.promise, healed: healed.promise });

  victim.proxy.turn(faults);
  const invocations = Array.from({ length: copies }, () => victim.invoke(event, scenario.aheadMs));
  void Promise.race(invocations).then(answered.resolve);
  const outcomes = await Promise.all(invocations);
  return undefined as never;
};
