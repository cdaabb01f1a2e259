import type { Verdict } from "../../core/runs/decide.ts";
import type { Running } from "../../core/runs/run.ts";
import type { LaneCounts } from "../../ports/index.ts";

/** The counts that a verdict adds to its lane. */
export const countOf = (verdict: Verdict): Partial<LaneCounts> => {
  switch (verdict.kind) {
    case "succeeded":
      return { succeeded: 1 };
    case "retry":
      return { retried: 1 };
    case "dead":
      return { dead: 1 };
    case "deferred":
      return { deferred: 1 };
    case "cancelled":
    case "expired":
      return {};
  }
};

export interface AttemptTimes {
  /** When the run was claimed, and when its outcome was written, in milliseconds since 1970. */
  readonly claimedAt: number;
  readonly writtenAt: number;
}

/** The facts of the log line of an attempt that does not end its run. The line of an end has the same fields. */
export const attemptLine = (
  run: Running,
  verdict: Verdict,
  { claimedAt, writtenAt }: AttemptTimes,
): object => ({
  run: run.id,
  job: run.job,
  lane: run.lane,
  state: verdict.kind,
  attempt: run.claimCount - run.claimCountAtStart,
  waitMs: Math.max(0, claimedAt - run.dueAt),
  tookMs: writtenAt - claimedAt,
  ...(verdict.kind === "retry" && { reason: `${verdict.error.name}: ${verdict.error.message}` }),
  ...("reason" in verdict && { reason: verdict.reason }),
  ...("at" in verdict && { retryAt: new Date(verdict.at).toISOString() }),
  ...(verdict.kind === "deferred" && verdict.lane !== undefined && { movedTo: verdict.lane }),
});
