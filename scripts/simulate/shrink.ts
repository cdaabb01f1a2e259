import type { Step } from "./decisions.ts";

/**
 * The fewest of some steps with which a life still fails, by delta debugging (Zeller and Hildebrandt, "Simplifying and
 * Isolating Failure-Inducing Input", 2002): leave out ever smaller groups, and keep what fails without them.
 * @param fails whether the life fails when only these steps happen
 * @param budgetMs stop after so long, with the fewest found by then
 */
export const shrink = async (
  steps: readonly Step[],
  fails: (only: ReadonlySet<string>) => Promise<boolean>,
  budgetMs: number,
): Promise<readonly Step[]> => {
  const until = Date.now() + budgetMs;
  let kept = steps;
  let size = Math.ceil(kept.length / 2);
  while (size >= 1 && Date.now() < until) {
    const smaller = await withoutOneGroup(kept, size, { fails, until });
    if (smaller) kept = smaller;
    else size = size === 1 ? 0 : Math.ceil(size / 2);
    size = Math.min(size, kept.length);
  }
  return kept;
};

interface Search {
  readonly fails: (only: ReadonlySet<string>) => Promise<boolean>;
  readonly until: number;
}

const withoutOneGroup = async (
  steps: readonly Step[],
  size: number,
  { fails, until }: Search,
): Promise<readonly Step[] | undefined> => {
  for (let from = 0; from < steps.length && Date.now() < until; from += size) {
    const rest = [...steps.slice(0, from), ...steps.slice(from + size)];
    if (await fails(new Set(rest.map(({ key }) => key)))) return rest;
  }
  return undefined;
};
