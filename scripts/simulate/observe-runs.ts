import type { Runs } from "../../shared/ports/index.ts";
import type { Memory } from "../../shared/testing/memory.ts";
import type { EffectLedger } from "./effect-ledger.ts";

/** Record each state that the store accepts for a run, from any writer and whether or not its reply arrives. */
export const observeRuns = ({ ports, clock }: Memory, ledger: EffectLedger): void => {
  const { change } = ports.runs;
  const observed: Runs["change"] = async (changes) => {
    const answers = await change(changes);
    changes.forEach(({ id, set }, i) => {
      if (answers[i]?.changed && set.state !== undefined) ledger.recordState(id, set.state, clock.now());
    });
    return answers;
  };
  Object.assign(ports.runs, { change: observed });
};
