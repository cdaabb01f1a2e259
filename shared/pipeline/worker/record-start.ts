import { lostLeasesOf, type Run, type Running } from "../../core/runs/run.ts";
import { recordStart } from "../../core/runs/settle.ts";
import type { Ports } from "../../ports/index.ts";
import { recordStarted } from "../runs/attempts.ts";

/**
 * Record that the handler of a run is about to start, if the run has lost a lease. A lost lease alone is no evidence of
 * a crash: the worker may have been killed, or the store was slow. A healthy run pays nothing for this.
 * @returns the run as its row is now
 * @throws Error when the start could not be recorded: the handler must not start
 */
export const recordStartAfterLoss = async (ports: Ports, run: Running): Promise<Running> => {
  if (lostLeasesOf(run) === 0) return run;
  const change = recordStart(run);
  const [written] = await ports.runs.change([change]);
  const { crashes, recordedStart } = change.set;
  const isOwnWrite = (row: Run | undefined): boolean =>
    row?.token === run.token && row.recordedStart === recordedStart;
  if (!written || (!written.changed && !isOwnWrite(written.now)))
    throw new Error(`the start of run "${run.id}" could not be recorded`);
  const started = { ...run, crashes, recordedStart };
  await recordStarted(ports, started);
  return started;
};
