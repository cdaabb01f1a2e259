import type { RunIn } from "../../core/runs/run.ts";
import { paused } from "../../core/schedules/pause.ts";
import { replaceRow, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";

type DeathCountPorts = Pick<Ports, "runs" | "schedules" | "notes" | "log">;

type Finished = RunIn<"succeeded" | "dead">;

const maxAttempts = 5;

/**
 * Count the runs of a schedule that died in a row, and pause the schedule when the count reaches `pauseAfterDeaths`.
 * The run has ended in any case, so a count that cannot be read or written is only logged.
 */
export const recordConsecutiveDeaths = async (
  ports: DeathCountPorts,
  run: Finished,
  row: ScheduleRow | undefined,
): Promise<void> => {
  const pauseAfterDeaths = row?.policy.pauseAfterDeaths;
  if (row === undefined || pauseAfterDeaths === undefined) return;
  try {
    const died = await count(ports, run, row);
    if (run.state === "dead" && died >= pauseAfterDeaths)
      await pauseFor(ports, row.name, `${died} runs in a row died, the last one ${run.id}`);
  } catch (error) {
    ports.log.warn("consecutive-death count not updated", { schedule: row.name, error });
  }
};

/** Update the note, which holds the ids of the dead runs, so that a run that is recorded twice counts once. */
const count = async (ports: DeathCountPorts, run: Finished, { name }: ScheduleRow): Promise<number> => {
  const { notes } = ports;
  for (let tries = 0; tries < maxAttempts; tries++) {
    const note = await notes.read(name, "consecutive-deaths");
    const dead = note ? note.split(" ") : [];
    const next =
      run.state === "dead" ? [...new Set([...dead, run.id])] : await diedAfter(ports, dead, run.endedAt);
    if (next.length === dead.length) return next.length;
    if (await notes.swap(name, "consecutive-deaths", note, next.join(" "))) return next.length;
  }
  return 0;
};

/**
 * Of some dead runs, the ids of those that died after a success. There are none when the success is recorded for the
 * first time; when it is recorded again, long after, it must not remove later deaths.
 */
const diedAfter = async (
  { runs }: DeathCountPorts,
  ids: readonly string[],
  succeededAt: number,
): Promise<readonly string[]> => {
  if (ids.length === 0) return [];
  const rows = await runs.read(ids);
  return ids.filter((id) => {
    const row = rows.get(id);
    return row?.state === "dead" && row.diedAt > succeededAt;
  });
};

const pauseFor = async ({ schedules, log }: DeathCountPorts, name: string, reason: string): Promise<void> => {
  for (let tries = 0; tries < maxAttempts; tries++) {
    const row = (await schedules.read([name])).get(name);
    if (row?.state !== "active") return;
    const [isPaused] = await schedules.change([replaceRow(row, paused(row, reason))]);
    if (isPaused) return log.warn("schedule paused", { schedule: name, reason });
  }
};
