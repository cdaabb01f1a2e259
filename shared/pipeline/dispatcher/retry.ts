import { hasTime } from "../time-budget.ts";
import type { Dispatch } from "./context.ts";

/** Pauses between tries. A storm may exceed what its tables can take, until they have scaled. */
const pausesMs = [500, 1_000, 2_000, 4_000];

export const withRetries = async <Answer>(
  tick: Dispatch,
  what: string,
  ask: () => Promise<Answer>,
  tries = 0,
): Promise<Answer> => {
  const { clock, random, log } = tick.ports;
  try {
    return await ask();
  } catch (error) {
    const pause = pausesMs[tries];
    if (pause === undefined || !hasTime(tick)) throw error;
    log.warn(`${what}: failed; retrying`, { error });
    await clock.sleep(pause * (0.5 + random.unit()));
    return await withRetries(tick, what, ask, tries + 1);
  }
};
