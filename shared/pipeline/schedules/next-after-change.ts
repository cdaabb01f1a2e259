import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ledger } from "../../ports/index.ts";

/** Another rule starts from now, and the same one goes on; of another job there are no runs yet for what was sent ahead. */
export const nextAfter = (
  before: ScheduleRow,
  wanted: ScheduleRow,
  isSameRule: boolean,
): number | undefined => {
  if (!isSameRule || before.nextFireAt === undefined) return wanted.nextFireAt;
  if (before.job === wanted.job || wanted.nextFireAt === undefined) return before.nextFireAt;
  return Math.min(before.nextFireAt, wanted.nextFireAt);
};

const maxEntries = 20;

export interface ScheduleUpdate {
  readonly now: number;
  readonly nextFireAt: number | undefined;
  readonly isSameRule: boolean;
}

/**
 * The last instant that was fired, for a limit on how often: what was sent ahead and is planned anew, or not due any
 * more, was not the last then. The ledger is asked only when it matters.
 */
export const lastFired = async (
  ledger: Pick<Ledger, "list">,
  { name, lastFiredAt, policy }: ScheduleRow,
  { now, nextFireAt = Number.POSITIVE_INFINITY, isSameRule }: ScheduleUpdate,
): Promise<number | undefined> => {
  const before = isSameRule ? nextFireAt : Math.min(nextFireAt, now + 1);
  if (lastFiredAt === undefined || lastFiredAt < before) return lastFiredAt;
  if (policy.minIntervalMs === undefined) return undefined;
  const entries = await ledger.list(name, { until: before, limit: maxEntries });
  const fired = entries.flatMap((entry) => entry.fired).filter((at) => at < before);
  return fired.length === 0 ? undefined : Math.max(...fired);
};
