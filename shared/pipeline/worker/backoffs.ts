const firstMs = 100;
const maxBackoffMs = 5_000;

/** Pauses before what a store did not answer is asked again, in milliseconds: doubling from 0.1 to 5 seconds, without end. */
export const backoffs: Iterable<number> = {
  *[Symbol.iterator]() {
    for (let ms = firstMs; ; ms = Math.min(maxBackoffMs, ms * 2)) yield ms;
  },
};
