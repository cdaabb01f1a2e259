import type { LedgerEntry, SkippedRange } from "../../core/schedules/ledger-entry.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";

/** The common part of a ledger entry by an operator. */
const entry = (schedule: string, at: number, recordedAt: number): LedgerEntry => ({
  schedule,
  at,
  recordedBy: "operator",
  recordedAt,
  fired: [],
  caughtUp: 0,
  skipped: [],
});

/** A change skipped some instants. */
export const skipEntry = (schedule: string, skip: SkippedRange, recordedAt: number): LedgerEntry => ({
  ...entry(schedule, skip.from, recordedAt),
  skipped: [skip],
});

/** A missed instant was run. One entry each, so that it is found where the ledger has its instant. */
export const caughtUpEntry = (
  { name, job, version }: Pick<ScheduleRow, "name" | "job" | "version">,
  at: number,
  { generation, recordedAt }: { readonly generation: number; readonly recordedAt: number },
): LedgerEntry => ({
  ...entry(name, at, recordedAt),
  job,
  version,
  generation,
  fired: [at],
  caughtUp: 1,
});

/** A dispatcher sent some instants, and was killed before it recorded them. */
export const sentEntry = (
  { name, job, version }: Pick<ScheduleRow, "name" | "job" | "version">,
  fired: readonly number[],
  recordedAt: number,
): LedgerEntry => ({
  ...entry(name, Math.min(...fired), recordedAt),
  recordedBy: "dispatcher",
  job,
  version,
  fired: [...fired],
});
