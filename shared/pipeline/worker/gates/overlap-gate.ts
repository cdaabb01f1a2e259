import { takeTurn } from "../overlap.ts";
import { earlyEnd, type Gate } from "./gate.ts";

/** An occurrence beside an earlier one of its schedule that has not ended. */
export const overlap: Gate = async ({ batch, run, schedule }) => {
  const row = run.schedule === undefined ? undefined : await schedule();
  const stop = row && (await takeTurn(batch.ports, run, row));
  return stop && earlyEnd(stop.verdict, stop.told);
};
