import type { Clock } from "../../ports/index.ts";

const firstPauseMs = 100;
const maxPauseMs = 5_000;

/**
 * Ask a store again and again, with pauses that double from 0.1 to 5 seconds, until it answers or the next pause would
 * end after `until`.
 * @param ask answers undefined when it is to be asked again
 * @returns undefined when there was no answer in time
 */
export const retryUntil = async <Answer>(
  clock: Clock,
  until: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> => {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
    const answer = await ask();
    if (answer !== undefined || clock.now() + pauseMs > until) return answer;
    await clock.sleep(pauseMs);
  }
};
