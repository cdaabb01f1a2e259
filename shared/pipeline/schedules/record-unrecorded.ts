import { replaceRow, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { recorded, unrecordedEntries } from "../../core/schedules/unrecorded.ts";
import type { Ports } from "../../ports/index.ts";

/**
 * Record what some rows hold for their ledgers, and take it out of the rows. What fails here is done by the next writer
 * of the row, and readers see it in the row until then.
 * @returns the rows without it
 */
export const recordUnrecorded = async (
  { schedules, ledger, clock, log }: Pick<Ports, "schedules" | "ledger" | "clock" | "log">,
  rows: readonly ScheduleRow[],
): Promise<readonly ScheduleRow[]> => {
  const holding = rows.filter(({ unrecorded }) => unrecorded !== undefined);
  if (holding.length === 0) return rows;
  try {
    const now = clock.now();
    await ledger.record(holding.flatMap((row) => unrecordedEntries(row, now)));
    await schedules.change(holding.map((row) => replaceRow(row, recorded(row))));
  } catch (error) {
    const names = holding.map(({ name }) => name);
    log.warn("ledger entries not recorded yet: they are in the row", {
      schedules: names,
      error: String(error),
    });
  }
  return rows.map(recorded);
};
