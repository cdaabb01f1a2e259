import { lostLeasesOf } from "../../../core/runs/run.ts";
import { acquireOverlapSlot } from "../overlap.ts";
import { earlyEnd, type Gate } from "./gate.ts";

/** An occurrence beside an earlier one of its schedule that has not ended. */
export const overlap: Gate = async ({ batch, run, schedule }) => {
  const row = run.schedule === undefined ? undefined : await schedule();
  const stop = row && (await acquireOverlapSlot(batch.ports, run, row));
  // A policy that was edited reaches runs that were tried before: such a run ends, and is no skipped occurrence.
  const isUntried = run.failedAttempts === 0 && lostLeasesOf(run) === 0;
  return stop && earlyEnd(stop.verdict, isUntried ? stop.ledgerEntry : undefined);
};
