import { crashesIfLost, hasEnded, lostLeasesOf, maxCrashes, type Run } from "./run.ts";

/** What a row that is not fresh any more needs. The sweeper carries it out. */
export type Repair =
  /** It has ended, and its entry in the due index is what is left: a letter first, if it died. */
  | { readonly kind: "leave" }
  /** Somebody holds it, or it is not due: look again then. */
  | { readonly kind: "look"; readonly at: number }
  /** It can be claimed. SQS cannot say whether its message is missing, so another is sent now and then. */
  | { readonly kind: "hint"; readonly again: number }
  | { readonly kind: "end"; readonly as: "dead" | "expired"; readonly reason: string };

const firstGapMs = 5 * 60_000;
const longestGapMs = 6 * 3_600_000;

/** Together two weeks of hints: as long as a queue keeps a message. */
export const mostHints = 60;

/**
 * Leases may be lost without any evidence against the run, while a store is slow or a function is broken. Such a run is
 * tried at growing gaps, and ends after this many: weeks later.
 */
const maxLostLeases = 60;

/** Time for a message to be received and claimed before the row is looked at again. */
const graceMs = 60_000;

export const repair = (run: Run, now: number): Repair => {
  if (hasEnded(run.state)) return { kind: "leave" };
  if (run.free > now) return { kind: "look", at: run.state === "running" ? run.free : run.free + graceMs };
  const crashes = crashesIfLost(run);
  if (crashes >= maxCrashes) {
    return { kind: "end", as: "dead", reason: `its worker was killed ${crashes} times while it ran` };
  }
  if (run.expiresAt !== undefined && run.attempt === 0 && run.expiresAt < now) {
    const reason = `no attempt had started by ${new Date(run.expiresAt).toISOString()}`;
    return { kind: "end", as: "expired", reason };
  }
  if (run.resends >= mostHints) {
    return {
      kind: "end",
      as: "dead",
      reason: `${run.resends} messages were sent for it and nobody claimed it`,
    };
  }
  const lost = run.state === "running" ? lostLeasesOf(run) + 1 : 0;
  if (lost >= maxLostLeases) {
    return {
      kind: "end",
      as: "dead",
      reason: `it was claimed ${lost} times and no worker recorded an outcome`,
    };
  }
  return {
    kind: "hint",
    again: now + Math.min(longestGapMs, firstGapMs * 2 ** Math.max(run.resends, lost - 2)),
  };
};

/**
 * Whether the sweeper's first look enrols a row. A queued run is left alone while it waits its turn: it is not due, or
 * its lane has a backlog, where enrolling would cost three write units for nothing. The second look takes them all.
 */
export const needsCare = (run: Run, now: number, laneIsEmpty: boolean): boolean => {
  if (hasEnded(run.state) || run.dueKey !== undefined) return false;
  return run.state !== "queued" || (run.free <= now && laneIsEmpty);
};
