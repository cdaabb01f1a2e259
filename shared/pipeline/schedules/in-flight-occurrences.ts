import type { Rule } from "../../core/rules/rule.ts";
import { firstAt, instants } from "../../core/schedules/plan.ts";
import { jitterOf } from "../../core/schedules/policy.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";
import { lookAheadMs } from "../dispatcher/context.ts";
import { findOccurrenceRuns } from "./find-occurrence-runs.ts";

const maxInstants = 10_000;

/** Find occurrences that were sent and have not started: their worker applies every change of their schedule to them. */
export const inFlightOccurrences = async (
  ports: Pick<Ports, "runs" | "clock">,
  row: ScheduleRow,
  rule: Rule,
): Promise<readonly number[]> => {
  if (rule.isFixedDelay) return [];
  const now = ports.clock.now();
  const planned = row.nextFireAt ?? now + lookAheadMs + 1;
  const due = instants(rule, firstAt(rule, now - row.policy.jitterMs), planned - 1, maxInstants);
  const ahead = due.filter((at) => at + jitterOf(row.policy, row.name, at) > now);
  const sent = await findOccurrenceRuns(ports, row, ahead);
  return ahead.filter((at) => ["queued", "parked"].includes(sent.get(at)?.state ?? ""));
};
