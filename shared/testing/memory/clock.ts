import type { Clock } from "../../ports/index.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export interface VirtualClock extends Clock {
  /** Move time forward; sleepers wake in the order of their instants, and what they start runs in between. */
  advance(ms: number): Promise<void>;
  /** Set the clock, backwards too. Nobody wakes: that is what a wrong host clock does. */
  jump(ms: number): void;
}

/** Time that moves only when told. A sleep of nothing takes one turn of the event loop, as it does in life. */
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
    jump: (ms) => {
      now += ms;
    },
  };
};

const turns = 6;

/** Lets everything run that waits for no time. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
};
