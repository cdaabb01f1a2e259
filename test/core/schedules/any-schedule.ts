import type { LedgerEntry } from "../../../shared/core/schedules/ledger-entry.ts";
import { schedulePolicy } from "../../../shared/core/schedules/policy.ts";
import { type ScheduleRow, scheduleRowSchema } from "../../../shared/core/schedules/schedule-row.ts";
import { now } from "../runs/any-run.ts";

/** One schedule's row, as a test needs it. */
export const scheduleRow = (more: Partial<ScheduleRow> = {}): ScheduleRow =>
  scheduleRowSchema.parse({
    name: "daily",
    version: 1,
    source: "runtime",
    state: "active",
    job: "greet",
    lane: "normal",
    rule: { text: "every 1 hour" },
    inputHash: "hash",
    policy: schedulePolicy({}),
    nextFireAt: now,
    ...more,
  });

/** One entry of its ledger. */
export const ledgerEntry = (more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  schedule: "daily",
  at: now,
  recordedBy: "dispatcher",
  recordedAt: now,
  fired: [],
  caughtUp: 0,
  skipped: [],
  ...more,
});
