import type { Invocation } from "../../../localstack/embedded/invocation.ts";
import type { RunState } from "../../../shared/core/runs/run.ts";
import type { Environment } from "../environment.ts";
import type { Observations } from "../observations.ts";
import type { RecoveryPlan } from "../recovery.ts";
import type { FunctionName } from "../shared-setup.ts";

/** One invocation of a process into which faults are injected, in a prepared environment. */
export interface Scenario {
  readonly victim: FunctionName;
  /** Whether the victim is restarted, because its cold start is part of the scenario. */
  readonly isCold?: boolean;
  /** How far the victim's clock is ahead of the machine's. */
  readonly aheadMs: number;
  /** What follows. Each replay takes the next one. */
  readonly recoveries: readonly [RecoveryPlan, ...RecoveryPlan[]];
  prepare(environment: Environment): Promise<Prepared>;
  /** The final states allowed for each run; there must be no other run. `check` covers occurrences. */
  readonly finalStates: Readonly<Record<string, readonly RunState[]>>;
  /** Expected number of failed attempts. */
  readonly failures?: Readonly<Record<string, number>>;
  /** How often a run's worker was killed before. */
  readonly crashes?: Readonly<Record<string, number>>;
  /** How the reasons of dead letters without a run begin. */
  readonly orphanReasons?: readonly string[];
  /** Further assertions. */
  check?(environment: Environment, observations: Observations): Promise<void>;
}

export interface Prepared {
  readonly event: object;
  /** What the victim's caller does next. */
  after?(outcome: Invocation): Promise<unknown>;
}

export const second = 1_000;
export const minute = 60 * second;
