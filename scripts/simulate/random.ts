/** Randomness that depends on a seed and a name alone: leaving one decision out does not change any other. */
export interface Random {
  /** From 0 up to, not including, 1. The same for the same name. */
  unit(name: string): number;
  /** A whole number from `least` to `most`. */
  whole(name: string, least: number, most: number): number;
  pick<Item>(name: string, items: readonly Item[]): Item | undefined;
}

export const createRandom = (seed: number): Random => {
  const unit = (name: string): number => mix(hash(name, seed)) / 2 ** 32;
  const whole = (name: string, least: number, most: number): number =>
    least + Math.floor(unit(name) * (most - least + 1));
  return { unit, whole, pick: (name, items) => items[whole(name, 0, items.length - 1)] };
};

/** FNV-1a over the characters, begun with the seed. */
const hash = (text: string, seed: number): number => {
  let sum = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) | 0;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return sum;
};

/** The finisher of MurmurHash3: names that differ in one character give unrelated numbers. */
const mix = (sum: number): number => {
  let mixed = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};
