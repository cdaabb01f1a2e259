import { atCall, type Fault, noFault } from "../../localstack/chaos/faults.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import type { Deployment } from "./deployment.ts";
import type { CallPosition } from "./matrix.ts";
import type { Observations } from "./observations.ts";
import { runRecovery } from "./recovery.ts";
import { checkReplay, prepareReplay } from "./replay.ts";
import type { Scenario } from "./scenarios/scenario.ts";

export interface ZombieOptions {
  readonly scenario: Scenario;
  /** The call at which the victim freezes. */
  readonly place: CallPosition;
  /** The call of its successor at which it wakes. Default: after the recovery. */
  readonly wakesAt?: CallPosition | undefined;
}

/**
 * Freezes the victim at a call, lets the pipeline presume it dead and recover, and then wakes it: a zombie that
 * continues with the reply to that call.
 */
export const replayZombie = async (
  deployment: Deployment,
  { scenario, place, wakesAt }: ZombieOptions,
): Promise<Observations> => {
  const victim = deployment.functions[scenario.victim];
  await victim.restart();
  const { event, after } = await prepareReplay(deployment, scenario);
  const [frozen, thawed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const freeze: Fault = async (forward) => {
    victim.signal("SIGSTOP");
    frozen.resolve();
    await thawed.promise;
    return await forward();
  };
  const wake = async (): Promise<void> => {
    thawed.resolve();
    victim.signal("SIGCONT");
    await invocation;
  };
  victim.proxy.startPhase(atCall(place, freeze));
  const invocation = victim.invoke(event, scenario.aheadMs);
  await Promise.race([frozen.promise, invocation]);
  const earlyCalls = victim.proxy.startPhase(wakesAt ? atCall(wakesAt, afterwards(wake)) : noFault);
  await after?.(takenForDead);
  const laterCalls = await runRecovery(deployment, scenario.recoveries[0]);
  await wake();
  const victimCalls = [...earlyCalls, ...victim.proxy.startPhase()];
  return await checkReplay(deployment, scenario, { outcomes: [takenForDead], victimCalls, laterCalls });
};

const afterwards =
  (act: () => Promise<void>): Fault =>
  async (forward) => {
    await act();
    return await forward();
  };

const takenForDead: Invocation = { ok: false, errorType: "Frozen", errorMessage: "presumed dead" };
