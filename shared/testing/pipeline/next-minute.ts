import { laneNames } from "../../core/lane.ts";
import { isTerminal, type Run } from "../../core/runs/run.ts";
import { nextCheckAt } from "../../core/schedules/schedule-row.ts";
import { lookAheadMs } from "../../pipeline/dispatcher/context.ts";
import type { Memory } from "../memory.ts";

const minuteMs = 60_000;

/**
 * The first minute, from `earliest` on, in which a tick or a sweep has anything to do. Those in between would find
 * nothing, so a test skips them: a month in which nothing is due costs no time. Undefined: there is none.
 */
export const nextMinuteWithWork = async (memory: Memory, earliest: number): Promise<number | undefined> => {
  const { ports } = memory;
  const isUnhandled = ({ reason }: { readonly reason?: string | undefined }) => reason === undefined;
  if (laneNames.some((lane) => ports.queue.dead(lane).some(isUnhandled))) return earliest;
  let first = Number.POSITIVE_INFINITY;
  for (const row of await ports.schedules.all())
    first = Math.min(first, (nextCheckAt(row) ?? Number.POSITIVE_INFINITY) - lookAheadMs);
  for (const run of memory.runs()) first = Math.min(first, neededAt(run) ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(first)) return undefined;
  return Math.max(earliest, Math.ceil(first / minuteMs) * minuteMs);
};

/** When a run needs a tick or a sweep. */
const neededAt = ({ state, timerKey, timerAt = 0 }: Run): number | undefined => {
  if (timerKey?.startsWith("park#")) return timerAt - lookAheadMs;
  if (timerKey !== undefined) return timerAt;
  // Until the sweeper has decided to watch it, every sweep may do so.
  return isTerminal(state) ? undefined : 0;
};
