import type { FaultOf } from "../../localstack/chaos/faults.ts";
import { type Evidence, gather } from "./evidence.ts";
import type { Ground } from "./ground.ts";
import { heal } from "./heal.ts";
import { startProcess } from "./process.ts";
import type { Scenario } from "./scenario.ts";
import { createStage } from "./stage.ts";
import { check } from "./check.ts";

export interface ReplayOptions {
  readonly scenario: Scenario;
  /** What befalls the victim. @param kill ends it as SIGKILL does */
  readonly faultOf?: (kill: () => void) => FaultOf;
  /** Which of the scenario's lives follows. */
  readonly life?: number;
}

/**
 * A scenario from its beginning on a stage of its own, with a fault in it, and the world going on afterwards.
 * Rejects when a promise was broken.
 */
export const replay = async (
  ground: Ground,
  { scenario, faultOf, life = 0 }: ReplayOptions,
): Promise<Evidence> => {
  const stage = await createStage(ground);
  try {
    const { event, after } = await scenario.prepare(stage);
    const victim = await startProcess(stage, scenario.victim, faultOf && { faultOf });
    const outcome = await victim.invoke(event, scenario.aheadMs);
    await victim.stop();
    await after?.(outcome);
    const laterCalls = await heal(stage, scenario.lives[life % scenario.lives.length] ?? []);
    const victimCalls = victim.proxy.calls;
    const evidence = await gather(stage, { outcome, kills: outcome.ok ? 0 : 1, victimCalls, laterCalls });
    check(scenario, evidence);
    await scenario.check?.(stage, evidence);
    return evidence;
  } finally {
    await stage.remove();
  }
};
