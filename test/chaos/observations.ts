import type { Call } from "../../localstack/chaos/call.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import type { Run } from "../../shared/core/runs/run.ts";
import type { Environment } from "./environment.ts";
import { type DeadLetter, readDeadLetters } from "./lane.ts";
import type { Effect } from "./project/jobs/ledger.ts";
import { type FinalWrite, finalWritesIn } from "./record.ts";

/** All that is left when a replay is over: the tables, the letters, the ledger of effects, and what proxies saw. */
export interface Observations {
  /** What each copy of the victim answered, or how it ended. */
  readonly outcomes: readonly Invocation[];
  readonly victimCalls: readonly Call[];
  /** How many processes were killed, or taken for dead. */
  readonly kills: number;
  readonly runs: readonly Run[];
  readonly finalWrites: readonly FinalWrite[];
  readonly deadLetters: readonly DeadLetter[];
  readonly effects: readonly Effect[];
}

/** What a replay saw on its way. */
interface ReplayCalls extends Pick<Observations, "outcomes" | "victimCalls"> {
  readonly laterCalls: readonly Call[];
}

export const collectObservations = async (
  stage: Environment,
  { outcomes, victimCalls, laterCalls }: ReplayCalls,
): Promise<Observations> => ({
  outcomes,
  victimCalls,
  kills: outcomes.filter(({ ok }) => !ok).length,
  runs: await stage.runs(),
  finalWrites: finalWritesIn([...victimCalls, ...laterCalls]),
  deadLetters: await readDeadLetters(stage),
  effects: stage.effects(),
});
