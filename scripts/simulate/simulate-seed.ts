import type { Decision, Selection } from "./decisions.ts";
import { createRandom } from "./random.ts";
import { runSeed, type Simulated } from "./run-seed.ts";
import { shrink } from "./shrink.ts";
import { minute } from "./world.ts";

export interface SeedOptions {
  readonly seed: number;
  /** How likely each fault is, in percent. */
  readonly rate: number;
  /** `rate`: faults by chance. `pair`: exactly two of all that could happen. */
  readonly mode: "rate" | "pair";
  /** How long to search for the fewest steps with which it fails. 0: do not search. */
  readonly shrinkMs: number;
}

export interface SeedOutcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly runs: number;
  /** How many decisions there were, and the fewest with which it fails. Absent when nothing failed. */
  readonly failure?: Failure;
}

interface Failure {
  readonly decided: number;
  readonly steps: readonly Decision[];
  /** What is violated with these steps. */
  readonly violations: readonly string[];
  readonly repetitions: number;
}

/** Simulate one seed. If it fails, find the fewest steps with which it still does. */
export const simulateSeed = async (options: SeedOptions): Promise<SeedOutcome> => {
  const { seed, rate, shrinkMs } = options;
  const simulated = await runSeed({ seed, rate, selection: await selectionOf(options) });
  const { violations, runs } = simulated;
  const outcome = { seed, violations, runs };
  if (violations.length === 0) return outcome;
  return { ...outcome, failure: await reduce(simulated, { seed, rate }, shrinkMs) };
};

const selectionOf = async ({ seed, rate, mode }: SeedOptions): Promise<Selection> => {
  if (mode === "rate") return { by: "chance" };
  const { offered } = await runSeed({ seed, rate, selection: { by: "faults", keys: new Set() } });
  return { by: "faults", keys: new Set(pairOf(seed, offered)) };
};

/**
 * Two faults are likelier to meet within a short time: the second is one of the minute after the first, every other
 * time.
 */
const pairOf = (seed: number, offered: readonly Decision[]): readonly string[] => {
  const random = createRandom(seed);
  const first = random.pick("first fault", offered);
  if (!first) return [];
  const near = offered.filter(({ at, key }) => key !== first.key && at >= first.at && at < first.at + minute);
  const second = random.pick("second fault", random.unit("pair is near") < 0.5 ? near : offered);
  return [first.key, ...(second ? [second.key] : [])];
};

const reduce = async (
  { taken, violations }: Simulated,
  { seed, rate }: Pick<SeedOptions, "seed" | "rate">,
  shrinkMs: number,
): Promise<Failure> => {
  const endsAt = performance.now() + shrinkMs;
  const wanted = new Set(violations.map(invariantOf));
  let repetitions = 0;
  let last: Pick<Failure, "steps" | "violations"> = { steps: taken, violations };
  const fails = async (part: readonly Decision[]): Promise<boolean> => {
    repetitions++;
    const keys = new Set(part.map(({ key }) => key));
    const simulated = await runSeed({ seed, rate, selection: { by: "list", keys } });
    const isSame = simulated.violations.some((violation) => wanted.has(invariantOf(violation)));
    if (isSame) last = { steps: simulated.taken, violations: simulated.violations };
    return isSame;
  };
  const hasTime = () => performance.now() < endsAt;
  if (shrinkMs > 0) await shrink(await withoutKinds(taken, fails, hasTime), fails, hasTime);
  return { ...last, decided: taken.length, repetitions };
};

/**
 * Most kinds of steps have nothing to do with a failure, such as slow requests and wrong clocks. They are left out at
 * once.
 */
const withoutKinds = async (
  items: readonly Decision[],
  fails: (part: readonly Decision[]) => Promise<boolean>,
  hasTime: () => boolean,
): Promise<readonly Decision[]> => {
  const kindOf = ({ key }: Decision) => key.slice(key.lastIndexOf(":") + 1).replace(/^ \S+ is/, "is");
  let left = items;
  for (const kind of new Set(items.map(kindOf))) {
    const rest = left.filter((item) => kindOf(item) !== kind);
    if (hasTime() && rest.length < left.length && (await fails(rest))) left = rest;
  }
  return left;
};

/** The name of the invariant that a violation begins with. */
const invariantOf = (violation: string): string => violation.slice(0, violation.indexOf(":"));
