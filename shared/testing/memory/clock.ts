import { setImmediate } from "node:timers";
import type { Clock } from "../../ports/index.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export interface VirtualClock extends Clock {
  /** Advance time. Sleepers wake in the order of their instants, and what they start runs in between. */
  advance(ms: number): Promise<void>;
  /** When the next sleeper wakes, in milliseconds since 1970. */
  nextWakeAt(): number | undefined;
  /** Shift the clock, forwards or backwards, without waking sleepers, as a corrected host clock does. */
  jump(ms: number): void;
}

/** Create a clock that only a test advances. A sleep of 0 ms takes one turn of the event loop, as it really does. */
export const createClock = (start: number): VirtualClock => {
  let now = start;
  const sleepers = new Set<Sleeper>();
  const next = () => [...sleepers].sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        if (ms <= 0) return void setImmediate(resolve);
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        const wakeEarly = () => {
          sleepers.delete(sleeper);
          resolve();
        };
        signal?.addEventListener("abort", wakeEarly, { once: true });
      }),
    advance: async (ms) => {
      const until = now + ms;
      await settled();
      for (let sleeper = next(); sleeper && sleeper.at <= until; sleeper = next()) {
        now = Math.max(now, sleeper.at);
        sleepers.delete(sleeper);
        sleeper.wake();
        await settled();
      }
      now = Math.max(now, until);
    },
    nextWakeAt: () => next()?.at,
    jump: (ms) => {
      now += ms;
    },
  };
};

const turns = 6;

/** Let everything run that does not wait for time. A test that replaces the global timers does not replace these. */
export const settled = async (): Promise<void> => {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => void setImmediate(resolve));
};
