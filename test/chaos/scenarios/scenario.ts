import type { Invocation } from "../../../localstack/embedded/invocation.ts";
import type { RunState } from "../../../shared/core/runs/run.ts";
import type { Environment } from "../environment.ts";
import type { Observations } from "../observations.ts";
import type { RecoveryPlan } from "../recovery.ts";
import type { FunctionName } from "../shared-setup.ts";

/** One invocation of a process that something will befall, on a stage made for it. */
export interface Scenario {
  readonly victim: FunctionName;
  /** Its victim starts anew, since what it does at its cold start belongs to the story. */
  readonly isCold?: boolean;
  /** How far ahead of the machine the victim's clock is. */
  readonly aheadMs: number;
  /** How the world goes on after it. Each replay takes the next one. */
  readonly recoveries: readonly [RecoveryPlan, ...RecoveryPlan[]];
  prepare(stage: Environment): Promise<Prepared>;
  /** How each run may end; there must be no other run. Occurrences are told apart by `check`. */
  readonly finalStates: Readonly<Record<string, readonly RunState[]>>;
  /** How many failures a run is to be charged with, if any. */
  readonly failures?: Readonly<Record<string, number>>;
  /** How often its worker was killed before. */
  readonly crashes?: Readonly<Record<string, number>>;
  /** How the reasons begin of the messages that are no run's. */
  readonly orphanReasons?: readonly string[];
  /** What else must hold. Rejects if it does not. */
  check?(stage: Environment, evidence: Observations): Promise<void>;
}

export interface Prepared {
  readonly event: object;
  /** What whoever invoked the victim does next. */
  after?(outcome: Invocation): Promise<unknown>;
}

export const second = 1_000;
export const minute = 60 * second;
