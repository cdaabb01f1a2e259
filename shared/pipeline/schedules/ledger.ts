import { type Audit, auditLedger, type Told, tellInstants } from "../../core/audit.ts";
import { firstAt } from "../../core/occurrence.ts";
import { instants } from "../../core/plan.ts";
import { findSchedule, ruleFor, type ScheduleDesk } from "./change-row.ts";

const mostEntries = 10_000;
const longestReachMs = 7 * 86_400_000;
const mostInstants = 100_000;

/** What became of a schedule's occurrences, newest first. */
export const historyOf = async (
  desk: ScheduleDesk,
  name: string,
  limit: number,
): Promise<readonly Told[]> => {
  const row = await findSchedule(desk, name);
  const rule = ruleFor(desk, row);
  const entries = await desk.ports.schedules.ledger(name, { limit });
  const told = tellInstants(entries, (from, to) => instants(rule, firstAt(rule, from), to, limit));
  return told.slice(0, limit);
};

export interface AuditedRange {
  readonly from: number;
  readonly until: number;
}

/**
 * Hold the ledger against the rule over a range: every due instant fired, or told why not. The range ends where the
 * dispatcher has come to, since what it has not looked at is no hole.
 */
export const auditSchedule = async (
  desk: ScheduleDesk,
  name: string,
  { from, until }: AuditedRange,
): Promise<Audit & AuditedRange> => {
  const row = await findSchedule(desk, name);
  const rule = ruleFor(desk, row);
  const dispatched = (await desk.ports.schedules.marks()).get("dispatched") ?? 0;
  const end = Math.min(until, dispatched);
  const due = instants(rule, firstAt(rule, from), end - 1, mostInstants);
  // An entry is filed under its first instant, and one about an outage reaches far: older ones may tell of the range.
  const entries = await desk.ports.schedules.ledger(name, {
    from: from - longestReachMs,
    until: end,
    limit: mostEntries,
  });
  return { ...auditLedger(due, entries), from, until: end };
};
