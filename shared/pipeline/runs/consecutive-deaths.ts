import type { Run } from "../../core/runs/run.ts";
import { paused } from "../../core/schedules/pause.ts";
import { replaceRow, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";

type DeathCountPorts = Pick<Ports, "schedules" | "notes" | "log">;

const maxAttempts = 5;

/**
 * Count the runs of a schedule that died in a row, and pause the schedule when the count reaches `pauseAfterDeaths`.
 * The run has ended in any case, so a count that cannot be read or written is only logged.
 */
export const recordConsecutiveDeaths = async (
  ports: DeathCountPorts,
  run: Run,
  row: ScheduleRow | undefined,
  ended: "succeeded" | "dead",
): Promise<void> => {
  const pauseAfterDeaths = row?.policy.pauseAfterDeaths;
  if (row === undefined || pauseAfterDeaths === undefined) return;
  try {
    const died = await count(ports, run, row, ended === "dead");
    if (died >= pauseAfterDeaths)
      await pauseFor(ports, row.name, `${died} runs in a row died, the last one ${run.id}`);
  } catch (error) {
    ports.log.warn("consecutive-death count not updated", { schedule: row.name, error });
  }
};

/** Update the note, which holds the ids of the dead runs, so that a run that is recorded twice counts once. */
const count = async (
  { notes }: DeathCountPorts,
  run: Run,
  { name }: ScheduleRow,
  isDead: boolean,
): Promise<number> => {
  for (let tries = 0; tries < maxAttempts; tries++) {
    const note = await notes.read(name, "consecutive-deaths");
    const dead = note ? note.split(" ") : [];
    const next = isDead ? [...new Set([...dead, run.id])] : [];
    if (next.length === dead.length) return next.length;
    if (await notes.swap(name, "consecutive-deaths", note, next.join(" "))) return next.length;
  }
  return 0;
};

const pauseFor = async ({ schedules, log }: DeathCountPorts, name: string, reason: string): Promise<void> => {
  for (let tries = 0; tries < maxAttempts; tries++) {
    const row = (await schedules.read([name])).get(name);
    if (row?.state !== "active") return;
    const [isPaused] = await schedules.change([replaceRow(row, paused(row, reason))]);
    if (isPaused) return log.warn("schedule paused", { schedule: name, reason });
  }
};
