import { isTerminal, type Run, type Running } from "../../core/runs/run.ts";
import { postponeCheck, watch } from "../../core/runs/watch.ts";
import type { Changed, Ports } from "../../ports/index.ts";

/**
 * Put runs on watch: into the sweeper's list of the due index, which a run leaves when it has ended. Refused writes are
 * not an error: the row may have moved on, or the store may have been throttled.
 * @param at when each run is looked at, if not later: a run is never looked at before it can be claimed
 * @returns the runs that are not proven safe: neither on watch, parked, nor ended. Look at them again.
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
      log.warn("runs not put on watch", { count: rows.length, error });
      return [];
    });
  return rows.filter((_, i) => !isSafe(answers[i]));
};

const isSafe = (answer: Changed | undefined): boolean => {
  if (answer === undefined || answer.changed) return answer !== undefined;
  return answer.now !== undefined && !needsWatch(answer.now);
};

/** Whether nothing leads to a run but its message. */
export const needsWatch = (run: Run): boolean => !isTerminal(run.state) && run.timerKey === undefined;

/** A sweep finds an entry within a minute: more than this after the lease would make the resend later than three. */
const latestMs = 120_000;

/**
 * See that a run that is on watch is looked at when its lease ends. One that had waited for long is looked at seldom;
 * now that a worker holds it, it must be found soon if that worker is killed. A run that is not on watch pays nothing.
 */
export const watchLease = async ({ runs, log }: Pick<Ports, "runs" | "log">, run: Running): Promise<void> => {
  if (!run.timerKey?.startsWith("sweep#") || (run.timerAt ?? 0) <= run.availableAt + latestMs) return;
  await runs.change([postponeCheck(run, run.availableAt)]).catch((error: unknown) => {
    log.warn("lease not on watch: a resend may be late", { run: run.id, error });
  });
};
