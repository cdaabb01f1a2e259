import { firstAt, type ScheduleRow } from "../../core/occurrence.ts";
import { instants } from "../../core/plan.ts";
import type { Rule } from "../../core/rule.ts";
import { jitterOf } from "../../core/schedule-policy.ts";
import { lookAheadMs } from "../dispatch.ts";

const most = 10_000;

/** Occurrences that were sent and are still to come: whatever is done to their schedule reaches them at their worker. */
export const sentAhead = (row: ScheduleRow, rule: Rule, now: number): readonly number[] => {
  if (rule.drifts) return [];
  const planned = row.nextAt ?? now + lookAheadMs + 1;
  const sent = instants(rule, firstAt(rule, now - row.policy.jitterMs), planned - 1, most);
  return sent.filter((at) => at + jitterOf(row.policy, row.name, at) > now);
};
