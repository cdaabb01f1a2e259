import type { Step } from "./decisions.ts";
import { type Life, type LifeOptions, live } from "./life.ts";

/**
 * A life with two faults and no more, sampled from those that a life at some rate would have. What operators do and what
 * handlers throw stays. Two faults at once are what the protocol promises to survive whatever they are.
 */
export const livePair = async (options: LifeOptions): Promise<Life> => {
  const { steps } = await live(options);
  const faults = steps.filter((step) => !isEveryday(step));
  const chosen = [faults[options.seed % faults.length], faults[(options.seed * 7919 + 13) % faults.length]];
  const keys = [...steps.filter(isEveryday), ...chosen].flatMap((step) => step?.key ?? []);
  return await live({ ...options, only: new Set(keys) });
};

const isEveryday = ({ key }: Step): boolean => /^(?:operator|handler)/.test(key);
