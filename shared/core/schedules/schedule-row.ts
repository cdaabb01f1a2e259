import * as z from "zod";
import { laneNames } from "../lane.ts";
import { ruleTextSchema } from "../rules/stored-rule.ts";
import { ledgerEntrySchema } from "./ledger-entry.ts";
import { policySchema } from "./policy.ts";

const instant = z.int();

/** A schedule as it is stored: its definition, and when it must be checked next. */
export const scheduleRowSchema = z.object({
  name: z.string(),
  /** Grows with every change that is not an advance. */
  version: z.int().positive(),
  /** `code`: defined in jobs/schedules.ts and reconciled with it; operators can pause it but not edit it. */
  source: z.enum(["code", "runtime"]),
  state: z.enum(["active", "paused", "deleted"]),
  job: z.string(),
  /** Its occurrences' lane: the timer index is kept by lane, so that urgent ones are sent first. */
  lane: z.enum(laneNames),
  rule: ruleTextSchema,
  /** JSON text. */
  input: z.string().optional(),
  inputHash: z.string(),
  policy: policySchema,
  /** The next due instant that has not been planned. Absent: there is none. */
  nextFireAt: instant.optional(),
  /** The last instant that was fired. */
  lastFiredAt: instant.optional(),
  /** Of a paused schedule: why, and when it resumes automatically. */
  pauseReason: z.string().optional(),
  pausedUntil: instant.optional(),
  /** The code that ticked last could not plan it: its rule or job is missing, or the rule throws. */
  unplannable: z
    .object({
      tries: z.int().positive(),
      /** Not checked before this instant. */
      nextTryAt: instant,
      reportedAt: instant,
    })
    .optional(),
  /** The jobs that it had, as long as their runs may take an instant that is planned again: see `former-job.ts`. */
  formerJobs: z
    .array(
      z.object({
        job: z.string(),
        /** Instants before it were planned for the job. Absent: nothing is known of them. */
        plannedTo: instant.optional(),
        /** No dispatcher has sent runs of the job for instants from here on. */
        checkedTo: instant,
        /** When the schedule got another job. */
        changedAt: instant,
        /** The last version that had the job. */
        version: z.int().positive(),
      }),
    )
    .optional(),
  /** Ledger entries of the last change that may not be recorded yet: see `unrecorded.ts`. */
  unrecorded: z.object({ entries: z.array(ledgerEntrySchema), isRuleChanged: z.boolean() }).optional(),
});

export type ScheduleRow = z.infer<typeof scheduleRowSchema>;

export interface ScheduleChange {
  readonly row: ScheduleRow;
  /** What the stored row must still be. */
  readonly when: { readonly version: number; readonly nextFireAt: number | undefined };
}

/** The change that replaces `before` with `after`, unless the row has changed since it was read. */
export const replaceRow = (before: ScheduleRow, after: ScheduleRow): ScheduleChange => ({
  row: after,
  when: { version: before.version, nextFireAt: before.nextFireAt },
});

/** When the dispatcher must check a schedule next. Undefined: not until the schedule is changed. */
export const nextCheckAt = ({
  state,
  nextFireAt,
  pausedUntil,
  unplannable,
}: ScheduleRow): number | undefined => {
  const at = { active: nextFireAt, paused: pausedUntil, deleted: undefined }[state];
  return at === undefined ? undefined : Math.max(at, unplannable?.nextTryAt ?? at);
};
