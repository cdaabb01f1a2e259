import { createRandom, type Random } from "./random.ts";

/**
 * Something that was decided to happen in a simulation: a fault, a kill, an operator's command, a schedule that exists.
 */
export interface Decision {
  /** Its name: the same in every repetition of the seed. */
  readonly key: string;
  /** Milliseconds since the simulation began. */
  readonly at: number;
}

/** `setup`: a normal event of the day. `fault`: something that goes wrong. */
type DecisionKind = "setup" | "fault";

interface Choice {
  readonly kind: DecisionKind;
  readonly key: string;
  /** From 0 to 1. */
  readonly chance: number;
}

/** Which decisions may happen. */
export type Selection =
  /** By chance. */
  | { readonly by: "chance" }
  /** Setup by chance; of the faults these alone. */
  | { readonly by: "faults"; readonly keys: ReadonlySet<string> }
  /** These alone. */
  | { readonly by: "list"; readonly keys: ReadonlySet<string> };

export interface Decisions {
  readonly random: Random;
  /** Whether it happens. Asked once for each key. */
  take(choice: Choice): boolean;
  /** What has happened so far, in order. */
  taken(): readonly Decision[];
  /** Every fault that could have happened. */
  offered(): readonly Decision[];
}

export interface DecisionOptions {
  readonly seed: number;
  readonly selection: Selection;
  /** Milliseconds since the simulation began. */
  readonly elapsed: () => number;
}

export const createDecisions = ({ seed, selection, elapsed }: DecisionOptions): Decisions => {
  const random = createRandom(seed);
  const taken: Decision[] = [];
  const offered: Decision[] = [];
  const isChosen = ({ kind, key, chance }: Choice): boolean => {
    const isListed = selection.by === "list" || (selection.by === "faults" && kind === "fault");
    return isListed ? selection.keys.has(key) : random.unit(key) < chance;
  };
  return {
    random,
    take: (choice) => {
      if (choice.chance <= 0) return false;
      const decision = { key: choice.key, at: elapsed() };
      if (choice.kind === "fault" && selection.by === "faults") offered.push(decision);
      if (!isChosen(choice)) return false;
      taken.push(decision);
      return true;
    },
    taken: () => taken,
    offered: () => offered,
  };
};
