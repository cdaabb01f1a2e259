import { type Run, wasSkipped } from "../runs/run.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/**
 * After a change of its job, a schedule plans again what it had sent ahead: those runs are of the old job, and their
 * workers end them. But a run that was claimed before the change was written may still run. So a plan, which is made
 * after that write, reads the runs of the old job first, and passes over every instant that one of them took. This
 * depends on the order of writes and reads alone, and on no clock.
 */
type FormerJob = NonNullable<ScheduleRow["formerJobs"]>[number];

/**
 * Longer than a dispatcher that read the row before the change may look ahead, and longer than a run waits in any queue that
 * is not given up: one that waited through two changes of the job may find that another job ran its instant.
 */
const checkedMs = 24 * 60 * 60_000;

export interface JobChange {
  readonly now: number;
  /** False: what was planned by the rule before says nothing about the instants of the new one. */
  readonly isSameRule: boolean;
}

/** The former jobs of a schedule after a change that gives it `job`. */
export const formerJobsAfter = (
  before: ScheduleRow,
  job: string,
  { now, isSameRule }: JobChange,
): Pick<ScheduleRow, "formerJobs"> => {
  const earlier = (before.formerJobs ?? [])
    .filter((one) => one.job !== job)
    .map(({ plannedTo, ...one }) => (isSameRule && plannedTo !== undefined ? { ...one, plannedTo } : one));
  const added: readonly FormerJob[] =
    before.job === job
      ? []
      : [
          {
            job: before.job,
            ...(isSameRule && before.nextFireAt !== undefined && { plannedTo: before.nextFireAt }),
            checkedTo: Math.max(before.nextFireAt ?? now, now) + checkedMs,
            changedAt: now,
            version: before.version,
          },
        ];
  const formerJobs = [...earlier.filter((one) => one.job !== before.job), ...added];
  return formerJobs.length === 0 ? {} : { formerJobs };
};

/** The former jobs that later plans must still check. */
export const formerJobsFrom = (
  { formerJobs = [] }: Pick<ScheduleRow, "formerJobs">,
  nextFireAt: number | undefined,
): Pick<ScheduleRow, "formerJobs"> => {
  const left = formerJobs.filter(({ checkedTo }) => nextFireAt !== undefined && nextFireAt < checkedTo);
  return left.length === 0 ? {} : { formerJobs: left };
};

export interface PlannedInstant {
  readonly at: number;
  /** Runs of former jobs at this instant, as they are after the change was written. */
  readonly former: readonly Run[];
  /** Whether the job by now has its run already: this plan is repeated. */
  readonly isMade: boolean;
}

/** What becomes of an instant: it is fired, it was taken by a run of a former job, or nothing was due of it. */
export const dispositionOf = (
  { formerJobs = [] }: Pick<ScheduleRow, "formerJobs">,
  { at, former, isMade }: PlannedInstant,
): "fire" | Run | "pass" => {
  const taken = former.find(hasTaken);
  if (taken) return taken;
  if (isMade || former.length > 0) return "fire";
  return formerJobs.some(({ plannedTo }) => plannedTo !== undefined && at < plannedTo) ? "pass" : "fire";
};

/** Whether a run of a former job took its instant. */
export const hasTaken = (run: Run): boolean => !isUnclaimed(run);

/**
 * Whether a worker has just claimed a run for the first time, and may still end it because the schedule has another job. Its
 * gates decide within a moment of the claim.
 */
export const isBeingDecided = (run: Run): boolean =>
  run.state === "running" && run.generation === 1 && run.claimCount === 1 && run.recordedStart === undefined;

/** Whether the handler of a run may have started. A schedule may have skipped it, in a pause for example. */
export const mayHaveRun = (run: Run): boolean => !isUnclaimed(run) && !wasSkipped(run);

/** No worker has claimed it, or the one that did ended it because the schedule has another job by now. */
const isUnclaimed = (run: Run): boolean => {
  if (run.generation > 1) return false;
  if (run.state === "cancelled") return wasSkipped(run) && run.jobChanged === true;
  return (run.state === "queued" || run.state === "parked") && run.claimCount === 0;
};

/** Clocks differ: an instant so long after a change may have been due to the job before it. */
const clockErrorMs = 10_000;

/**
 * The former jobs that may have run an instant beside a run of the present job: they had it when the instant was due. Of
 * instants after the change the dispatcher has made sure.
 */
export const formerJobsAt = (
  { formerJobs = [] }: Pick<ScheduleRow, "formerJobs">,
  at: number,
): readonly FormerJob[] => formerJobs.filter(({ changedAt }) => at < changedAt + clockErrorMs);

export const jobChangeReason = (schedule: string, job: string): string =>
  `schedule "${schedule}" was edited: it runs job "${job}" now`;

/** Why a run ends whose instant a run of another job took, while the schedule had that job. */
export const takenReason = (schedule: string, job: string): string =>
  `schedule "${schedule}" was edited: job "${job}" ran this occurrence`;

/**
 * The ledger entry of an instant that a run of a former job took: its dispatcher may have been killed before it recorded
 * that. The version is of the time when the schedule had that job, so that an entry of the present job's own run, if there
 * is one, takes precedence. A claimed run may still be skipped by its worker, and then the instant is the present job's.
 */
export const takenEntry = (
  { name: schedule, version, formerJobs = [] }: Pick<ScheduleRow, "name" | "version" | "formerJobs">,
  at: number,
  run: Run,
  recordedAt: number,
): LedgerEntry => ({
  schedule,
  job: run.job,
  version: formerJobs.find(({ job }) => job === run.job)?.version ?? version,
  at,
  recordedBy: "dispatcher",
  recordedAt,
  fired: [at],
  caughtUp: 0,
  skipped: [],
});
