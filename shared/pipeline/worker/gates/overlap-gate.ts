import { lostLeasesOf } from "../../../core/runs/run.ts";
import { acquireOverlapSlot } from "../overlap.ts";
import { earlyEnd, type Gate } from "./gate.ts";

/** Applies the overlap policy to an occurrence whose schedule has an earlier one that has not ended. */
export const overlap: Gate = async ({ batch, run, schedule }) => {
  const row = run.schedule === undefined ? undefined : await schedule();
  const result = row && (await acquireOverlapSlot(batch.ports, run, row));
  // An edited policy applies to runs that were tried before. Such a run ends, but is not a skipped occurrence.
  const isUntried = run.failedAttempts === 0 && lostLeasesOf(run) === 0;
  return result && earlyEnd(result.verdict, isUntried ? result.ledgerEntry : undefined);
};
