import { runId } from "../runs/new-run.ts";
import type { Run } from "../runs/run.ts";

/** The key of an occurrence's run: planning it twice makes one run. */
export const occurrenceKey = (schedule: string, at: number): string =>
  `${schedule}@${new Date(at).toISOString().replace(".000Z", "Z")}`;

/** The id of an occurrence's run. */
export const occurrenceRunId = (job: string, schedule: string, at: number): string =>
  runId(job, occurrenceKey(schedule, at));

/** The instant an occurrence is named after. Its run may be due a jitter later. */
export const instantOf = ({ id, dueAt }: Pick<Run, "id" | "dueAt">, schedule: string): number => {
  const instant = Date.parse(id.slice(id.indexOf(`${schedule}@`) + schedule.length + 1));
  return Number.isNaN(instant) ? dueAt : instant;
};
