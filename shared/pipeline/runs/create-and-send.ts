import type { Run } from "../../core/runs/run.ts";
import type { Ports } from "../../ports/index.ts";
import { rowAfterInsert } from "./insert.ts";
import { type Pacing, sendRuns } from "./send-runs.ts";

/**
 * Insert the runs that do not exist yet, and send every one that is still queued. A run that existed already may not
 * have been sent, if its dispatcher was killed in between.
 * @returns ids of the runs that were not sent
 */
export const createAndSend = async (
  { clock, runs, queue, log }: Pick<Ports, "clock" | "runs" | "queue" | "log">,
  wanted: readonly Run[],
  pacing: Pacing,
): Promise<ReadonlySet<string>> => {
  if (wanted.length === 0) return new Set();
  const created = await runs.create(wanted);
  const rows = wanted.map((run, i) => ({ run, row: rowAfterInsert(run, created[i]) }));
  const missing = rows.flatMap(({ run, row }) => (row instanceof Error ? [run.id] : []));
  const waiting = rows.flatMap(({ run, row }) =>
    !(row instanceof Error) && row.state === "queued" ? [run] : [],
  );
  const unsent = new Set([...missing, ...(await sendRuns({ clock, queue }, waiting, pacing))]);
  if (unsent.size > 0) log.warn("occurrences not sent; the next tick sends them", { count: unsent.size });
  return unsent;
};
