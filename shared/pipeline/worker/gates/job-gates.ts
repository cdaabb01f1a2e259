import { maxTimeoutMs } from "../../../core/jobs/job.ts";
import { dead, earlyEnd, type Gate } from "./gate.ts";

const firstWaitMs = 5_000;
const maxWaitMs = 10 * 60_000;

/** With the waits above, about an hour in all. */
const maxDeferrals = 12;

/**
 * Defers a run whose job is not in this deployment, at growing intervals, for about an hour: the functions of a stack
 * are updated side by side, and a client may be deployed before its pipeline.
 */
export const knownJob: Gate = ({ batch, run, job }) => {
  if (job) return undefined;
  const { deferrals = 0 } = run;
  if (deferrals >= maxDeferrals) return dead(`this deployment has no job "${run.job}"`);
  const waitMs = Math.min(maxWaitMs, firstWaitMs * 2 ** deferrals);
  return earlyEnd({ kind: "deferred", at: batch.ports.clock.now() + waitMs, isCounted: true });
};

/**
 * Moves a run to the lane of its job when no invocation of this lane is long enough: its sender chose the lane, or a
 * deploy has since given the job more time.
 */
export const laneTimeout: Gate = ({ batch, job }) =>
  !job || job.timeoutMs <= maxTimeoutMs(batch.lane)
    ? undefined
    : earlyEnd({ kind: "deferred", at: batch.ports.clock.now(), lane: job.lane });
