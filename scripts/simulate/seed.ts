import type { Step } from "./decisions.ts";
import { type LifeOptions, live } from "./life.ts";
import { livePair } from "./pair.ts";
import { shrink } from "./shrink.ts";

export interface SeedOptions {
  /** Percent of calls that go wrong. */
  readonly rate: number;
  readonly skewMs: number;
  /** How long a failure may be cut down, in milliseconds. */
  readonly shrinkMs: number;
}

export interface SeedResult {
  readonly seed: number;
  readonly runs: number;
  readonly violations: readonly string[];
  /** Of a failure: the fewest steps found with which it still fails. */
  readonly steps: readonly Step[];
}

/** Every fourth seed has two faults only. */
const isPair = (seed: number): boolean => seed % 4 === 0;

/** One seed, and if it fails the steps that it takes. */
export const liveSeed = async (
  seed: number,
  { rate, skewMs, shrinkMs }: SeedOptions,
): Promise<SeedResult> => {
  const options: LifeOptions = { seed, rate: rate / 100, skewMs };
  const { violations, steps, runs } = await (isPair(seed) ? livePair(options) : live(options));
  if (violations.length === 0) return { seed, runs, violations, steps: [] };
  const [first = ""] = violations;
  const fails = async (only: ReadonlySet<string>): Promise<boolean> => {
    const again = await live({ ...options, only });
    return again.violations.some((violation) => kindOf(violation) === kindOf(first));
  };
  return { seed, runs, violations, steps: await shrink(steps, fails, shrinkMs) };
};

/** A failure without its names: a life that was cut down fails in the same way, perhaps at another run. */
const kindOf = (violation: string): string => violation.replaceAll(/[\w-]*[:@]\S+|\d+|\bs\d|\bo\d/g, "*");
