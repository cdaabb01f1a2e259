/** One thing that went wrong, or that an operator did, in a simulated life. */
export interface Step {
  /** Names the opportunity, the same in every life of the seed: `runs.claim before/12`. */
  readonly key: string;
  /** Virtual time, in milliseconds since 1970. */
  readonly at: number;
}

/** All that chance decides in one simulated life. */
export interface Decisions {
  /** Whether something happens at this opportunity, with this probability. What happens is a step. */
  happens(site: string, probability: number): boolean;
  /** From 0 up to, not including, 1. No step: it cannot be left out. */
  unit(site: string): number;
  /** One of several. */
  pick<Item>(site: string, items: readonly Item[]): Item;
  readonly steps: readonly Step[];
}

export interface DecisionOptions {
  readonly seed: number;
  readonly now: () => number;
  /** Only these steps may happen: to find the few that a failure needs. Left out: all. */
  readonly only?: ReadonlySet<string> | undefined;
}

/**
 * Every decision is a hash of the seed, the site and how often the site was asked before. So a step that is left out
 * changes no other decision by itself, and a failing life can be cut down step by step.
 */
export const createDecisions = ({ seed, now, only }: DecisionOptions): Decisions => {
  const counts = new Map<string, number>();
  const steps: Step[] = [];
  const next = (site: string): { readonly key: string; readonly unit: number } => {
    const count = counts.get(site) ?? 0;
    counts.set(site, count + 1);
    const key = `${site}/${count}`;
    return { key, unit: unitOf(`${seed} ${key}`) };
  };
  return {
    happens: (site, probability) => {
      const { key, unit } = next(site);
      if (unit >= probability || (only && !only.has(key))) return false;
      steps.push({ key, at: now() });
      return true;
    },
    unit: (site) => next(site).unit,
    pick: (site, items) => {
      const item = items[Math.floor(next(site).unit * items.length)];
      if (item === undefined) throw new Error(`nothing to pick from at ${site}`);
      return item;
    },
    steps,
  };
};

/** FNV-1a with the finalizer of MurmurHash3, which spreads texts that differ in their last digit only. */
const unitOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};
