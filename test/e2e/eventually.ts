import { setTimeout as wait } from "node:timers/promises";

/**
 * Reads repeatedly until the value is as wanted.
 * @throws Error with the last value when that takes too long
 */
export const eventually = async <T>(
  read: () => Promise<T>,
  isWanted: (value: T) => boolean,
  withinMs = 60_000,
): Promise<T> => {
  const since = Date.now();
  for (;;) {
    const value = await read();
    if (isWanted(value)) return value;
    if (Date.now() - since > withinMs) {
      throw new Error(`not as wanted after ${withinMs} ms: ${JSON.stringify(value)}`);
    }
    await wait(100);
  }
};
