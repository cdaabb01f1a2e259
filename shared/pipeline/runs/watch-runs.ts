import { isTerminal, type Run, type Running } from "../../core/runs/run.ts";
import { postponeCheck, watch } from "../../core/runs/watch.ts";
import type { Changed, Ports } from "../../ports/index.ts";

/**
 * Watch runs: add them to the sweeper's list of the timer index, which a run leaves when it has ended. A refused write
 * is not an error: the row may have changed, or the store may have been throttled.
 * @param at when to check each run. A run is never checked before it can be claimed
 * @returns the runs that are not proven to be watched, parked or ended. The caller has to check them again
 */
export const watchRuns = async (
  { runs, log }: Pick<Ports, "runs" | "log">,
  rows: readonly Run[],
  at: number,
): Promise<readonly Run[]> => {
  if (rows.length === 0) return [];
  const answers = await runs
    .change(rows.map((run) => watch(run, Math.max(run.availableAt, at))))
    .catch((error: unknown): readonly Changed[] => {
      log.warn("runs not watched", { count: rows.length, error });
      return [];
    });
  return rows.filter((_, i) => !isSafe(answers[i]));
};

const isSafe = (answer: Changed | undefined): boolean => {
  if (answer === undefined || answer.changed) return answer !== undefined;
  return answer.now !== undefined && !needsWatch(answer.now);
};

/** Whether a run has nothing but its message that leads to it. */
export const needsWatch = (run: Run): boolean => !isTerminal(run.state) && run.timerKey === undefined;

/** A sweep finds an entry within a minute: more than this after the lease would make the resend later than three. */
const latestMs = 120_000;

/**
 * Check a watched run when its lease ends. A run that has waited for long is checked rarely, but now that a worker
 * holds it, it must be found soon if that worker is killed. An unwatched run pays nothing.
 */
export const watchLease = async ({ runs, log }: Pick<Ports, "runs" | "log">, run: Running): Promise<void> => {
  if (!run.timerKey?.startsWith("sweep#") || (run.timerAt ?? 0) <= run.availableAt + latestMs) return;
  await runs.change([postponeCheck(run, run.availableAt)]).catch((error: unknown) => {
    log.warn("lease not watched; a resend may be late", { run: run.id, error });
  });
};
