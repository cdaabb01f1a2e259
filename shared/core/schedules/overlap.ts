import type { Run } from "../runs/run.ts";

/** One occurrence that waits for another to end. */
export interface Turn {
  /** The occurrence that waits. */
  readonly run: Pick<Run, "dueAt" | "createdAt">;
  /** The occurrence that it waits for. */
  readonly holder: Pick<Run, "state" | "availableAt">;
  readonly now: number;
}

const minGapMs = 5_000;
const maxGapMs = 60_000;
/** An operator may move a parked holder forward, and the message that its end sends may be lost. */
const maxSleepMs = 30 * 60_000;

/**
 * When a buffered occurrence checks again whether its turn has come. The end of the holder sends it at once, so this is
 * only the safety net: gaps grow with the time waited, and nothing is checked before the holder can have started.
 */
export const nextTurnCheckAt = ({ run, holder, now }: Turn): number => {
  const soon = now + gapMs(run, now);
  if (holder.state === "running") return soon;
  return Math.max(soon, Math.min(holder.availableAt + minGapMs, now + maxSleepMs));
};

/** A quarter of the time waited so far. A late occurrence counts from the creation of its run. */
const gapMs = ({ dueAt, createdAt }: Turn["run"], now: number): number =>
  Math.min(maxGapMs, Math.max(minGapMs, Math.floor((now - Math.max(dueAt, createdAt)) / 4)));

/** Whether an occurrence that was buffered still waits for its turn. One that an operator has rescheduled does not. */
export const isStillWaiting = ({ dueAt }: Pick<Run, "dueAt">, now: number): boolean => dueAt <= now;
