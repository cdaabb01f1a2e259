import type { Rule } from "../rule.ts";

/** Nothing before 1970, and a day for the zones that were still in 1969. */
const earliestSecond = -86_400;

/**
 * The last due instant before another, for any rule whose `next` never decreases as its argument grows: all but
 * fixed-delay rules. It needs `next` alone, some sixty calls of it: first ever longer steps back, then halving.
 */
export const previous = (rule: Rule, before: Date): Date | undefined => {
  const nextBefore = (second: number): Date | undefined => {
    const due = rule.next(new Date(second * 1_000));
    return due && due < before ? due : undefined;
  };
  let tooLate = Math.ceil(before.getTime() / 1_000) - 1;
  let step = 1;
  while (!nextBefore(tooLate - step)) {
    if (!(tooLate - step >= earliestSecond)) {
      return undefined;
    }
    tooLate -= step;
    step *= 2;
  }
  return lastOf(nextBefore, { early: tooLate - step, tooLate });
};

type NextBefore = (second: number) => Date | undefined;

const lastOf = (
  nextBefore: NextBefore,
  { early, tooLate }: { early: number; tooLate: number },
): Date | undefined => {
  let [low, high] = [early, tooLate];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (nextBefore(middle)) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return nextBefore(low);
};
