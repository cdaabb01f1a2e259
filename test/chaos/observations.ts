import type { Call } from "../../localstack/chaos/call.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import type { Run } from "../../shared/core/runs/run.ts";
import type { Stage } from "./environment.ts";
import { type Letter, readLetters } from "./lane.ts";
import type { Effect } from "./project/jobs/ledger.ts";
import { type End, endsIn } from "./record.ts";

/** All that is left when a replay is over: the tables, the letters, the ledger of effects, and what proxies saw. */
export interface Evidence {
  /** What each copy of the victim answered, or how it ended. */
  readonly outcomes: readonly Invocation[];
  readonly victimCalls: readonly Call[];
  /** How many processes were killed, or taken for dead. */
  readonly kills: number;
  readonly runs: readonly Run[];
  readonly ends: readonly End[];
  readonly letters: readonly Letter[];
  readonly effects: readonly Effect[];
}

/** What a replay saw on its way. */
interface Seen extends Pick<Evidence, "outcomes" | "victimCalls"> {
  readonly laterCalls: readonly Call[];
}

export const gather = async (
  stage: Stage,
  { outcomes, victimCalls, laterCalls }: Seen,
): Promise<Evidence> => ({
  outcomes,
  victimCalls,
  kills: outcomes.filter(({ ok }) => !ok).length,
  runs: await stage.runs(),
  ends: endsIn([...victimCalls, ...laterCalls]),
  letters: await readLetters(stage),
  effects: stage.effects(),
});
