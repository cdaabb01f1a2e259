import { closingMs } from "../../core/lane.ts";
import type { Running } from "../../core/runs/run.ts";
import { extendLease } from "../../core/runs/settle.ts";
import type { Batch } from "./batch.ts";

/** What a lease outlasts its attempt by, so that nobody claims the run while the outcome is written. */
const leaseMarginMs = 5_000;

/**
 * Renew the lease of a run whose process was blocked, so that its handler may have the time that it lost.
 * @returns the milliseconds granted: 0 when the invocation has no time left, or the run is not ours any more
 */
export const grantMore = async (batch: Batch, run: Running, ms: number): Promise<number> => {
  const { clock, runs, log } = batch.ports;
  const now = clock.now();
  const granted = Math.min(ms, batch.deadlineAt - closingMs - now);
  if (granted <= 0) return 0;
  const [written] = await runs
    .change([extendLease(run, Math.max(run.availableAt, now + granted + leaseMarginMs))])
    .catch((error: unknown) => {
      log.warn("lease not renewed", { run: run.id, error });
      return [];
    });
  return written?.changed ? granted : 0;
};
