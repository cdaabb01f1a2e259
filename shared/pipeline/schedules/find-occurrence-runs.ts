import { runId } from "../../core/runs/new-run.ts";
import type { Run } from "../../core/runs/run.ts";
import { occurrenceKey, type ScheduleRow } from "../../core/schedules/occurrence.ts";
import type { Ports } from "../../ports.ts";

/** Those of some instants of a schedule that have their run, with it. One that was killed made it and could not say so. */
export const alreadySent = async (
  { runs }: Pick<Ports, "runs">,
  { name, job }: Pick<ScheduleRow, "name" | "job">,
  instants: readonly number[],
): Promise<ReadonlyMap<number, Run>> => {
  if (instants.length === 0) return new Map();
  const idOf = (at: number): string => runId(job, occurrenceKey(name, at));
  const there = await runs.read(instants.map(idOf));
  return new Map(
    instants.flatMap((at) => {
      const run = there.get(idOf(at));
      return run ? [[at, run] as const] : [];
    }),
  );
};
