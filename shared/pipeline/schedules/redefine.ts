import type { ScheduleRow } from "../../core/occurrence.ts";
import type { Schedules } from "../../ports.ts";

/** Another rule starts from now, and the same one goes on; of another job there are no runs yet for what was sent ahead. */
export const nextAfter = (
  before: ScheduleRow,
  wanted: ScheduleRow,
  isSameRule: boolean,
): number | undefined => {
  if (!isSameRule || before.nextAt === undefined) return wanted.nextAt;
  if (before.job === wanted.job || wanted.nextAt === undefined) return before.nextAt;
  return Math.min(before.nextAt, wanted.nextAt);
};

const mostEntries = 20;

/**
 * The last instant that was fired, for a limit on how often: what was sent ahead and is planned anew was not the last
 * then. The ledger is asked only when it matters.
 */
export const lastFired = async (
  schedules: Pick<Schedules, "ledger">,
  { name, lastAt, policy }: ScheduleRow,
  nextAt: number | undefined,
): Promise<number | undefined> => {
  if (lastAt === undefined || nextAt === undefined || lastAt < nextAt) return lastAt;
  if (policy.atMostEveryMs === undefined) return undefined;
  const entries = await schedules.ledger(name, { until: nextAt, limit: mostEntries });
  const fired = entries.flatMap((entry) => entry.fired).filter((at) => at < nextAt);
  return fired.length === 0 ? undefined : Math.max(...fired);
};
