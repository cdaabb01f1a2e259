/** Runs that are sent together, in this many milliseconds. */
export interface SendSlot<One> {
  readonly waitMs: number;
  readonly all: readonly One[];
}

/** Time for a request to arrive, twice what SQS takes at its median: what leaves so shortly before its second is full comes just in time. */
const marginMs = 50;
/** Runs that are due within one slot are sent together and share requests. */
const slotMs = 100;

/**
 * When to hand runs to their queue, within the next second. A queue counts delays in whole seconds, and rounds them
 * down so that nothing is late: what leaves at any moment comes up to a second early, and its worker, who is paid,
 * waits. What leaves when a whole number of seconds is left comes 50 to 150 ms early.
 */
export const sendSlots = <One>(
  all: readonly One[],
  dueOf: (one: One) => number,
  now: number,
): readonly SendSlot<One>[] => {
  const slots = Map.groupBy(all, (one) => waitOf(dueOf(one) - now));
  return [...slots].sort(([a], [b]) => a - b).map(([waitMs, together]) => ({ waitMs, all: together }));
};

const waitOf = (leftMs: number): number =>
  leftMs <= 0 ? 0 : Math.max(0, Math.floor(((leftMs % 1_000) - marginMs) / slotMs)) * slotMs;
