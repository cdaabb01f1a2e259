import type { AttemptRecord } from "./attempt-record.ts";
import type { FailureDetails } from "./failure-details.ts";
import type { Run } from "./run.ts";

/** One attempt at a run, as every view shows it. */
export interface PastAttempt {
  /** From 1, all redrives together. */
  readonly number: number;
  /** Which redrive it belongs to: 1 is the first generation. Absent when it is not known. */
  readonly generation?: number | undefined;
  /**
   * `killed`: it recorded its start and no outcome. `lost`: it recorded nothing, since its worker was killed or the
   * store could not be reached.
   */
  readonly outcome: "succeeded" | "failed" | "timed-out" | "cancelled" | "running" | "killed" | "lost";
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  readonly worker?: string | undefined;
  readonly error?: FailureDetails | undefined;
}

/**
 * All attempts at a run, oldest first: those that failed from their records, the last one from the run's row, and those
 * of which nothing is recorded by their number.
 */
export const historyOf = (run: Run, records: readonly AttemptRecord[]): readonly PastAttempt[] => {
  const byClaim = new Map(records.map((record) => [record.claim, record]));
  return Array.from({ length: run.claimCount }, (_, i) => i + 1).flatMap((claim) => {
    const past = attemptOf(run, claim, byClaim.get(claim));
    return past ? [past] : [];
  });
};

const attemptOf = (run: Run, claim: number, record: AttemptRecord | undefined): PastAttempt | undefined => {
  if (record?.outcome === "not-started") return undefined;
  const isPast = record !== undefined && record.outcome !== "started";
  if (!isPast && claim === run.claimCount) return lastAttempt(run, record);
  // The claim that ended an earlier generation: most likely its schedule skipped it, and a backfill runs it now.
  if (!record && claim === run.claimCountAtStart) return undefined;
  return record ? fromRecord(record) : { number: claim, ...generationOf(run, claim), outcome: "lost" };
};

const fromRecord = ({ claim, attempt: _, outcome, ...facts }: AttemptRecord): PastAttempt => ({
  number: claim,
  ...facts,
  outcome: outcome === "failed" || outcome === "timed-out" ? outcome : "killed",
});

/** Where nothing is recorded: the claims since the last death belong to this generation. A death opens the next one. */
const generationOf = (
  { claimCountAtStart, generation, state, claimCount }: Run,
  claim: number,
): { readonly generation?: number } => {
  if (state === "dead") return claim === claimCount ? { generation: generation - 1 } : {};
  return claim > claimCountAtStart ? { generation } : {};
};

/** The last claim, unless a record says how it ended. Undefined when it ended the run before the handler started. */
const lastAttempt = (run: Run, record: AttemptRecord | undefined): PastAttempt | undefined => {
  const isOfGeneration = run.state === "dead" || run.claimCount > run.claimCountAtStart;
  const outcome = isOfGeneration ? lastOutcome(run, record) : undefined;
  if (!outcome) return undefined;
  const startedAt = "startedAt" in run ? run.startedAt : undefined;
  const endedAt = "endedAt" in run ? run.endedAt : undefined;
  const isKnown = outcome === "succeeded" || outcome === "cancelled" || outcome === "running";
  return {
    number: run.claimCount,
    ...generationOf(run, run.claimCount),
    outcome,
    ...(record && { generation: record.generation }),
    ...(startedAt !== undefined && { startedAt }),
    ...(isKnown && endedAt !== undefined && { endedAt }),
    ...(run.worker !== undefined && { worker: run.worker }),
    ...(outcome === "failed" && run.error && { error: run.error }),
  };
};

const lastOutcome = (run: Run, record: AttemptRecord | undefined): PastAttempt["outcome"] | undefined => {
  switch (run.state) {
    case "running":
      return "running";
    case "succeeded":
      return "succeeded";
    case "expired":
      return undefined;
    case "cancelled":
      return run.skippedBySchedule === undefined && run.startedAt !== undefined ? "cancelled" : undefined;
    case "dead":
      return run.error && run.reason.includes(run.error.message) ? "failed" : record ? "killed" : "lost";
    default:
      return run.failedAttempts > 0 ? "failed" : record ? "killed" : "lost";
  }
};
