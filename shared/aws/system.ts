import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { ulid } from "ulid";
import type { Clock, Random } from "../ports/index.ts";

/** Create the clock of this machine. */
export const createClock = (): Clock => ({
  now: Date.now,
  sleep: async (ms, signal) => {
    const until = Date.now() + ms;
    await pause(ms, signal);
    // A timer may fire a millisecond early by the clock, and no run may start early.
    if (!signal?.aborted && isShort(until - Date.now())) await pause(until - Date.now(), signal);
  },
});

const isShort = (ms: number): boolean => ms > 0 && ms < 10;

/** Node's timers count in 32 bits. */
const maxTimerMs = 2 ** 31 - 1;

const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  if (ms <= 0) return await nextTurn();
  // The timer rejects only when it is aborted, which ends the sleep.
  await wait(Math.min(ms, maxTimerMs), undefined, { ...(signal && { signal }) }).catch(() => undefined);
};

export const createRandom = (): Random => ({ unit: Math.random, id: (now) => ulid(now) });
