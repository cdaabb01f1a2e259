import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { SeedOptions, SeedOutcome } from "./simulate-seed.ts";

/**
 * Simulate seeds in so many threads, and answer each outcome as it comes. A seed whose simulation throws rejects.
 * @param next the next seed, or undefined when there are no more
 */
export const simulateAll = async (
  threads: number,
  next: () => SeedOptions | undefined,
  report: (outcome: SeedOutcome) => void,
): Promise<void> => {
  const work = async (): Promise<void> => {
    const thread = new Worker(new URL("./seed-thread.ts", import.meta.url));
    try {
      for (let options = next(); options; options = next()) report(await simulateIn(thread, options));
    } finally {
      await thread.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
};

const simulateIn = async (thread: Worker, options: SeedOptions): Promise<SeedOutcome> => {
  thread.postMessage(options);
  const [outcome]: SeedOutcome[] = await once(thread, "message");
  if (!outcome) throw new Error(`seed ${options.seed} gave no outcome`);
  return outcome;
};
