import { closingMs } from "../../core/lane.ts";
import type { Running } from "../../core/runs/run.ts";
import { extendLease } from "../../core/runs/settle.ts";
import type { Batch } from "./batch.ts";
import { leaseReserveMs } from "./gates/time-gates.ts";

/**
 * Renew the lease of a run whose process was blocked, so that its handler gets back the time that it lost.
 * @returns the milliseconds granted: 0 when the invocation has no time left, or the run is not ours any more
 */
export const grantMoreTime = async (batch: Batch, run: Running, ms: number): Promise<number> => {
  const { clock, runs, log } = batch.ports;
  const now = clock.now();
  const granted = Math.min(ms, batch.deadlineAt - closingMs - now);
  if (granted <= 0) return 0;
  const [written] = await runs
    .change([extendLease(run, Math.max(run.availableAt, now + granted + leaseReserveMs))])
    .catch((error: unknown) => {
      log.warn("lease not renewed", { run: run.id, error });
      return [];
    });
  return written?.changed ? granted : 0;
};
