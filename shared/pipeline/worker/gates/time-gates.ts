import { closingMs } from "../../../core/lane.ts";
import { lostLeasesOf, type Running } from "../../../core/runs/run.ts";
import type { Batch } from "../batch.ts";
import { earlyEnd, type Gate } from "./gate.ts";

/** After this many deferrals a run no longer waits until it is alone: on a busy lane it would never start. */
const maxIsolationDeferrals = 3;

/** Whether a lease of the run was lost, so that it may be what killed a worker. */
const isSuspect = (run: Running): boolean => lostLeasesOf(run) > 0;

/** Lets a suspect run only when no other run of the batch can be killed with it. */
export const isolation: Gate = ({ run, isAlone }) =>
  isSuspect(run) && !isAlone && (run.deferrals ?? 0) < maxIsolationDeferrals
    ? { kind: "retry-alone" }
    : undefined;

const slackMs = 2_000;

/** Defers a run whose job does not have its whole timeout left in this invocation. */
export const timeBudget: Gate = ({ batch, delivery, run, job }) => {
  if (!job || timeLeftMs(batch, run) + slackMs >= job.timeoutMs) return undefined;
  const waitMs = 1_000 * 2 ** Math.min(delivery.receiveCount - 1, 5);
  const isCounted = isSuspect(run);
  return earlyEnd({ kind: "deferred", at: batch.ports.clock.now() + waitMs, isCounted });
};

/** By how much a lease outlasts its attempt: for clock skew, and for the write of the outcome. */
export const leaseReserveMs = 5_000;

/** How long a handler may still take before the invocation or the lease ends. */
export const timeLeftMs = (
  { ports, deadlineAt }: Batch,
  { availableAt }: Pick<Running, "availableAt">,
): number => Math.min(deadlineAt - closingMs, availableAt - leaseReserveMs) - ports.clock.now();
