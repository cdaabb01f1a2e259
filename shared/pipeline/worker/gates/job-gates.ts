import { maxTimeoutMs } from "../../../core/jobs/job.ts";
import { dead, earlyEnd, type Gate } from "./gate.ts";

const firstWaitMs = 5_000;
const maxWaitMs = 10 * 60_000;

/** With the gaps above: deferrals over about an hour. */
const maxDeferrals = 12;

/**
 * The functions of a stack are updated side by side, and a client may be deployed before its pipeline: a run whose job
 * is not here yet waits for it, at growing intervals, for about an hour.
 */
export const knownJob: Gate = ({ batch, run, job }) => {
  if (job) return undefined;
  const { deferrals = 0 } = run;
  if (deferrals >= maxDeferrals) return dead(`this deployment has no job "${run.job}"`);
  const waitMs = Math.min(maxWaitMs, firstWaitMs * 2 ** deferrals);
  return earlyEnd({ kind: "deferred", at: batch.ports.clock.now() + waitMs, isCounted: true });
};

/**
 * A sender chose the lane, or a deploy gave the job more time since: no invocation of this lane is long enough, so the
 * run moves to the lane of its job.
 */
export const laneTimeout: Gate = ({ batch, job }) =>
  !job || job.timeoutMs <= maxTimeoutMs(batch.lane)
    ? undefined
    : earlyEnd({ kind: "deferred", at: batch.ports.clock.now(), lane: job.lane });
