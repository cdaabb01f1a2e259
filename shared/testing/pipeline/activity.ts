import { setTimeout } from "node:timers";

/** Code of the user that is at work: a handler, or a schema that answers later. */
interface Work {
  /** How often it was waited for since it last began or ended a wait of virtual time. */
  waits: number;
  /** Waits of virtual time that it is in. */
  sleeps: number;
}

/** What keeps the virtual clock from moving: code of the user that waits for something real. */
export interface Activity {
  /** Count code as at work until it settles, or until `end` is called. */
  begin(): { readonly sleep: (wait: () => Promise<void>) => Promise<void>; readonly end: () => void };
  /** Wait until all of it has ended, waits for virtual time, or has been waited for long enough. */
  quiet(): Promise<void>;
}

const pollMs = 5;

/** @param maxWaitMs how long one piece of code is waited for, in real milliseconds */
export const createActivity = (settled: () => Promise<void>, maxWaitMs: number): Activity => {
  const working = new Set<Work>();
  // Counts pauses and reads no clock: code that blocks the process does not use up its own time.
  const maxWaits = Math.ceil(maxWaitMs / pollMs);
  const busy = () => [...working].filter(({ waits, sleeps }) => sleeps === 0 && waits < maxWaits);
  return {
    begin: () => {
      const work: Work = { waits: 0, sleeps: 0 };
      working.add(work);
      return {
        end: () => void working.delete(work),
        sleep: async (wait) => {
          work.sleeps++;
          await wait();
          work.sleeps--;
          work.waits = 0;
        },
      };
    },
    quiet: async () => {
      await settled();
      for (let waitedFor = busy(); waitedFor.length > 0; waitedFor = busy()) {
        for (const work of waitedFor) work.waits++;
        await new Promise<void>((resolve) => void setTimeout(resolve, pollMs));
        await settled();
      }
    },
  };
};
