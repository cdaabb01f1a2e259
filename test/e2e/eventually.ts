import { setTimeout as wait } from "node:timers/promises";

export interface EventuallyOptions {
  readonly withinMs?: number;
}

/**
 * Reads again and again until what was read is as wanted.
 * @throws Error that tells what was read last when that takes too long.
 */
export const eventually = async <T, Wanted extends T>(
  read: () => Promise<T>,
  isWanted: (value: T) => value is Wanted,
  { withinMs = 60_000 }: EventuallyOptions = {},
): Promise<Wanted> => {
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
