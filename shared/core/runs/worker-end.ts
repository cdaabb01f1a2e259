import { type Change, heldBy } from "./change.ts";
import type { Failure } from "./failure.ts";
import { hasRecordedStart, type RunFields, type Running } from "./run.ts";
import { settle } from "./settle.ts";

/** The worker that holds a run has ended before its handler started: the run is given back, uncharged. */
export const giveBack = (run: Running, now: number): Change =>
  settle(run, { kind: "deferred", at: now }, now, "hide");

export interface LeaseEnd {
  /** What ended the worker, as far as this run may be the cause. Absent: it is not. */
  readonly error?: Failure | undefined;
  /**
   * Whether nothing but this run can be the cause. Then it counts as a crash; of several runs none does, since each of
   * them runs alone next, where the cause shows itself.
   */
  readonly isProven: boolean;
  readonly now: number;
}

/**
 * The worker that holds a run has ended while it ran the handler: the run may be claimed at once. The claim stays
 * counted, whatever the cause: what the handler did cannot be taken back.
 */
export const endLease = (run: Running, { error, isProven, now }: LeaseEnd): Change => ({
  id: run.id,
  when: heldBy(run),
  set: {
    state: "retry",
    availableAt: now,
    resendCount: 0,
    ...(error && { error }),
    ...crashesAfter(run, error !== undefined, isProven),
  },
});

/**
 * A start that was recorded counts already. It is taken back only from a run that is not the cause: one of several
 * suspects keeps it, or a run that ends its worker beside others each time would never be found out.
 */
const crashesAfter = (run: Running, isSuspect: boolean, isProven: boolean): RunFields => {
  const { crashes = 0 } = run;
  if (hasRecordedStart(run)) return isSuspect ? {} : { crashes: crashes - 1, recordedStart: 0 };
  return isProven ? { crashes: crashes + 1 } : {};
};
