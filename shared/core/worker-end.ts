import { type Change, settle } from "./change.ts";
import type { Failure } from "./failure.ts";
import { hasRecordedStart, type Running } from "./run.ts";

/** The worker that holds a run has ended, and the run was not the cause: it is given back, uncharged. */
export const giveBack = (run: Running, now: number): Change =>
  settle(run, { kind: "deferred", at: now }, now, "hide");

/**
 * The worker that holds a run has ended while it ran the handler: the run may be claimed at once.
 * @param isProven whether nothing but this run can be the cause. Then it counts as a crash; of several runs none does,
 * since each of them runs alone next, where the cause shows itself
 */
export const endLease = (
  run: Running,
  { error, isProven, now }: { readonly error: Failure; readonly isProven: boolean; readonly now: number },
): Change => ({
  id: run.id,
  when: { state: "running", token: run.token },
  set: {
    state: "retry",
    free: now,
    resends: 0,
    error,
    ...(isProven && !hasRecordedStart(run) && { crashes: (run.crashes ?? 0) + 1 }),
  },
});
