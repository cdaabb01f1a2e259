import type { Call } from "../../localstack/chaos/call.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import type { Run } from "../../shared/core/runs/run.ts";
import type { Environment } from "./environment.ts";
import { type DeadLetter, readDeadLetters } from "./lane.ts";
import type { Effect } from "./project/jobs/ledger.ts";
import { type FinalWrite, finalWritesIn } from "./record.ts";

/** The state after a replay: tables, dead letters, the ledger of effects, and the calls that proxies recorded. */
export interface Observations {
  /** The response of each copy of the victim, or how it ended. */
  readonly outcomes: readonly Invocation[];
  readonly victimCalls: readonly Call[];
  /** Number of processes that were killed or presumed dead. */
  readonly kills: number;
  readonly runs: readonly Run[];
  readonly finalWrites: readonly FinalWrite[];
  readonly deadLetters: readonly DeadLetter[];
  readonly effects: readonly Effect[];
}

/** The outcomes and calls of a replay. */
interface ReplayCalls extends Pick<Observations, "outcomes" | "victimCalls"> {
  readonly laterCalls: readonly Call[];
}

export const collectObservations = async (
  environment: Environment,
  { outcomes, victimCalls, laterCalls }: ReplayCalls,
): Promise<Observations> => ({
  outcomes,
  victimCalls,
  kills: outcomes.filter(({ ok }) => !ok).length,
  runs: await environment.runs(),
  finalWrites: finalWritesIn([...victimCalls, ...laterCalls]),
  deadLetters: await readDeadLetters(environment),
  effects: environment.effects(),
});
