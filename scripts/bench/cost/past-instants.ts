import { type Schedule, schedule } from "../../../shared/index.ts";
import { noop, note } from "../project/jobs.ts";

const secondMs = 1_000;

/** Schedules that were due at each of the last seconds, and are due again in an hour. */
export const pastInstants = (count: number, seconds: number): readonly Schedule[] => {
  const now = Math.floor(Date.now() / secondMs) * secondMs;
  const past = Array.from({ length: seconds }, (_, i) => now - (seconds - i) * secondMs);
  const instants = [...past, now + 3_600 * secondMs];
  const rule = {
    text: "past instants",
    next: (after: Date) => {
      const next = instants.find((instant) => instant > after.getTime());
      return next === undefined ? undefined : new Date(next);
    },
  };
  return Array.from({ length: count }, (_, i) => schedule(rule, noop, { note }, { name: `bench-${i}` }));
};
