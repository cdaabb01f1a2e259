import { setTimeout as wait } from "node:timers/promises";

/**
 * Reads again and again until what was read is as wanted.
 * @throws Error that tells what was read last when that takes too long.
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
