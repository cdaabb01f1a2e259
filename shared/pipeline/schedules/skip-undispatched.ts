import type { Registry } from "../../core/jobs/registry.ts";
import type { Rule } from "../../core/rules/rule.ts";
import { formerRuleOf } from "../../core/rules/stored-rule.ts";
import { wasSkipped } from "../../core/runs/run.ts";
import { takenEntry } from "../../core/schedules/former-job.ts";
import type { LedgerEntry } from "../../core/schedules/ledger-entry.ts";
import { instants, maxFiresPerPlan, skipAll } from "../../core/schedules/plan.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";
import { lookAheadMs } from "../dispatcher/context.ts";
import { findOccurrenceRuns, takenByFormerJobs } from "./find-occurrence-runs.ts";
import { sentEntry, skipEntry } from "./ledger-entries.ts";

export interface SkipUndispatched {
  /** The rule that the row was planned by. Undefined: this code no longer has it. */
  readonly rule: Rule | undefined;
  /** What was due before it and no dispatcher has planned is skipped. */
  readonly before: number;
  readonly reason: string;
}

/** How far ahead of this clock a dispatcher may have sent, whose own clock is wrong. */
const sentAheadMs = lookAheadMs + 10_000;

/**
 * The ledger entries of a change that ends planning by the rule before it: what is skipped, and what was sent. A killed
 * dispatcher could not record what it had sent, and of an instant that is still to come a worker may have claimed the run
 * already. Where a worker skips the run, its own entry counts for more.
 */
export const skippedEntries = async (
  ports: Pick<Ports, "runs" | "clock">,
  row: ScheduleRow,
  { rule, before, reason }: SkipUndispatched,
): Promise<readonly LedgerEntry[]> => {
  const { name, nextFireAt } = row;
  const now = ports.clock.now();
  if (nextFireAt === undefined) return [];
  if (!rule)
    return nextFireAt < before
      ? [
          skipEntry(
            name,
            { from: nextFireAt, to: nextFireAt, count: 1, reason: `${reason}, from here on` },
            now,
          ),
        ]
      : [];
  const due = instants(rule, nextFireAt, Math.max(before - 1, now + sentAheadMs), maxFiresPerPlan);
  const [sent, former] = await Promise.all([
    findOccurrenceRuns(ports, row, due),
    takenByFormerJobs(ports, row, due),
  ]);
  // Those that their schedule skipped have an entry of their worker.
  const fired = [...sent].filter(([at, run]) => !wasSkipped(run) && !former.has(at)).map(([at]) => at);
  const { skipped } = skipAll(rule, nextFireAt, before, reason);
  return [
    ...skipped.map((skip) => ({ ...skipEntry(name, skip, now), job: row.job, version: row.version })),
    ...(fired.length > 0 ? [sentEntry(row, fired, now)] : []),
    ...[...former].map(([at, run]) => takenEntry(row, at, run, now)),
  ];
};

/** The ledger entries of a change that skips what was due until now and not planned, as in a pause or an outage. */
export const skipUndispatched = (
  { ports, registry }: { readonly ports: Pick<Ports, "runs" | "clock">; readonly registry: Registry },
  row: ScheduleRow,
  change: string,
): Promise<readonly LedgerEntry[]> =>
  skippedEntries(ports, row, {
    rule: formerRuleOf(row, registry),
    before: ports.clock.now(),
    reason: reasonOf(row, change),
  });

/** Why a change skips what was not planned: the schedule was paused, or the pipeline was down. */
export const reasonOf = ({ state, pauseReason = "" }: ScheduleRow, change: string): string =>
  state === "paused" ? `paused: ${pauseReason}` : `${change} before the pipeline came to it`;
