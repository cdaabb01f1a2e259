import { DefinitionError } from "../../errors.ts";

/** How a wall-clock time that the clocks skip or repeat is handled. */
export interface DstPolicy {
  /** A time that does not exist that day: run at the first instant after the gap, or not at all. */
  readonly gap: "run-after-gap" | "skip";
  /** A time that exists twice: run at its first copy, its second, or at both. */
  readonly overlap: "first" | "second" | "both";
}

/** A policy, a part of one, or the gap's value alone. What is left out keeps its default. */
export type DstChoice = Partial<DstPolicy> | DstPolicy["gap"];

/** Fixed times, as Vixie cron has it: nothing is lost and nothing runs twice. */
export const vixieDst: DstPolicy = { gap: "run-after-gap", overlap: "first" };

/** Fixed times, as EventBridge Scheduler has it. */
export const awsDst: DstPolicy = { gap: "skip", overlap: "first" };

/** Intervals keep their rhythm in real time: each instant whose wall-clock time matches, no other. */
export const intervalDst: DstPolicy = { gap: "skip", overlap: "both" };

export const isSameDst = (a: DstPolicy, b: DstPolicy): boolean => a.gap === b.gap && a.overlap === b.overlap;

const gaps: readonly string[] = ["run-after-gap", "skip"] satisfies DstPolicy["gap"][];
const overlaps: readonly string[] = ["first", "second", "both"] satisfies DstPolicy["overlap"][];

/** @throws DefinitionError when a value is none of those above: policies also come as JSON from operators. */
export const chooseDst = (choice: DstChoice, usual: DstPolicy): DstPolicy => {
  const { gap = usual.gap, overlap = usual.overlap } = typeof choice === "string" ? { gap: choice } : choice;
  checkWord(gap, { field: "dst gap", words: gaps });
  checkWord(overlap, { field: "dst overlap", words: overlaps });
  return { gap, overlap };
};

const checkWord = (
  word: string,
  expected: { readonly field: string; readonly words: readonly string[] },
): void => {
  if (!expected.words.includes(word)) {
    const words = expected.words.map((word) => `"${word}"`).join(" or ");
    throw new DefinitionError(expected.field, { expected: words, got: JSON.stringify(word).slice(0, 64) });
  }
};
