import type { Run } from "../../core/runs/run.ts";
import { hasTaken } from "../../core/schedules/former-job.ts";
import { occurrenceRunId } from "../../core/schedules/occurrence.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";

/** Find the runs of a schedule's instants. A killed dispatcher may have created one without recording it. */
export const findOccurrenceRuns = async (
  { runs }: Pick<Ports, "runs">,
  { name, job }: Pick<ScheduleRow, "name" | "job">,
  instants: readonly number[],
): Promise<ReadonlyMap<number, Run>> => {
  if (instants.length === 0) return new Map();
  const idOf = (at: number): string => occurrenceRunId(job, name, at);
  const found = await runs.read(instants.map(idOf));
  return new Map(
    instants.flatMap((at) => {
      const run = found.get(idOf(at));
      return run ? [[at, run] as const] : [];
    }),
  );
};

/** Find the instants that a run of a former job of the schedule took, with that run. */
export const takenByFormerJobs = async (
  ports: Pick<Ports, "runs">,
  { name, formerJobs = [] }: Pick<ScheduleRow, "name" | "formerJobs">,
  instants: readonly number[],
): Promise<ReadonlyMap<number, Run>> => {
  const sent = await Promise.all(
    formerJobs.map(({ job }) => findOccurrenceRuns(ports, { name, job }, instants)),
  );
  return new Map(sent.flatMap((runs) => [...runs].filter(([, run]) => hasTaken(run))));
};
