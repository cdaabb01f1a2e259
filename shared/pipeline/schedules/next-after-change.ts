import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ledger } from "../../ports/index.ts";

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

export interface Redefinition {
  readonly now: number;
  readonly nextAt: number | undefined;
  readonly isSameRule: boolean;
}

/**
 * The last instant that was fired, for a limit on how often: what was sent ahead and is planned anew, or not due any
 * more, was not the last then. The ledger is asked only when it matters.
 */
export const lastFired = async (
  ledger: Pick<Ledger, "list">,
  { name, lastAt, policy }: ScheduleRow,
  { now, nextAt = Number.POSITIVE_INFINITY, isSameRule }: Redefinition,
): Promise<number | undefined> => {
  const before = isSameRule ? nextAt : Math.min(nextAt, now + 1);
  if (lastAt === undefined || lastAt < before) return lastAt;
  if (policy.atMostEveryMs === undefined) return undefined;
  const entries = await ledger.list(name, { until: before, limit: mostEntries });
  const fired = entries.flatMap((entry) => entry.fired).filter((at) => at < before);
  return fired.length === 0 ? undefined : Math.max(...fired);
};
