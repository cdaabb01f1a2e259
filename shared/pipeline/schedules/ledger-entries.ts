import type { LedgerEntry, Skip } from "../../core/schedules/ledger-entry.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";

/** What an operator's doings put into a schedule's ledger. */
const entry = (schedule: string, at: number, toldAt: number): LedgerEntry => ({
  schedule,
  at,
  by: "operator",
  toldAt,
  fired: [],
  caughtUp: 0,
  skipped: [],
});

/** A change let some instants go. */
export const skipEntry = (schedule: string, skip: Skip, toldAt: number): LedgerEntry => ({
  ...entry(schedule, skip.from, toldAt),
  skipped: [skip],
});

/** A missed instant was run. One entry each, so that it is found where the ledger has its instant. */
export const caughtUpEntry = (
  { name, job, version }: Pick<ScheduleRow, "name" | "job" | "version">,
  at: number,
  { generation, toldAt }: { readonly generation: number; readonly toldAt: number },
): LedgerEntry => ({
  ...entry(name, at, toldAt),
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
  by: "dispatcher",
  job,
  version,
  fired: [...fired],
});
