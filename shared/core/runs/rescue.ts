import { isoText } from "../instant-text.ts";
import { crashesIfLost, crashReason, isTerminal, lostLeasesOf, maxCrashes, type Run } from "./run.ts";

/** What a row that is not fresh any more needs. The sweeper carries it out. */
export type Rescue =
  /** It has ended, and its entry in the timer index is what is left: its dead letter first, if it died. */
  | { readonly kind: "keep" }
  /** A worker holds it, or it is not due: check again then. */
  | { readonly kind: "check-later"; readonly at: number }
  /** It can be claimed. SQS cannot say whether its message is missing, so another is sent now and then. */
  | { readonly kind: "resend"; readonly again: number }
  | { readonly kind: "end"; readonly as: "dead" | "expired"; readonly reason: string };

const firstGapMs = 5 * 60_000;
const maxGapMs = 6 * 3_600_000;

/** Together two weeks of resends: as long as a queue keeps a message. */
export const maxResends = 60;

/**
 * Leases may be lost without any evidence against the run, while a store is slow or a function is broken. Such a run is
 * tried at growing gaps, and ends after this many: weeks later.
 */
const maxLostLeases = 60;

/** Time for a message to be received and claimed before the row is checked again. */
const graceMs = 60_000;

export const rescue = (run: Run, now: number): Rescue => {
  if (isTerminal(run.state)) return { kind: "keep" };
  if (run.availableAt > now)
    return { kind: "check-later", at: run.state === "running" ? run.availableAt : run.availableAt + graceMs };
  const crashes = crashesIfLost(run);
  if (crashes >= maxCrashes) {
    return { kind: "end", as: "dead", reason: crashReason(crashes) };
  }
  const expired = expiryOf(run, run.claimCount, now);
  if (expired) return { kind: "end", as: "expired", reason: expired.reason };
  if (run.resendCount >= maxResends) {
    return {
      kind: "end",
      as: "dead",
      reason: `${run.resendCount} messages were sent for it and none was claimed`,
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
    kind: "resend",
    again: now + Math.min(maxGapMs, firstGapMs * 2 ** Math.max(run.resendCount, lost - 2)),
  };
};

/**
 * Whether a run has expired: its time was over before any attempt started. One of a later generation was asked for
 * again since, by a redrive or a backfill: it does not expire.
 * @param started attempts that had started before the present claim, if there is one
 */
export const expiryOf = (
  { generation, expiresAt }: Run,
  started: number,
  now: number,
): { readonly kind: "expired"; readonly reason: string } | undefined => {
  if (generation > 1 || started > 0 || expiresAt === undefined || now <= expiresAt) return undefined;
  return { kind: "expired", reason: `no attempt had started by ${isoText(expiresAt)}` };
};

const shortestDelayMs = 60_000;
const maxDelayMs = 3_600_000;

/**
 * When a run comes up again for which a backlog leaves no message now. The longer it has waited, the longer it may
 * wait, since each time costs three write units.
 */
export const postponed = ({ availableAt }: Run, now: number): number =>
  now + Math.min(maxDelayMs, Math.max(shortestDelayMs, now - availableAt));

/**
 * Whether a resend counts against what a lane with a backlog gets. A run that has outlived its lease does not wait in
 * the backlog: its worker is gone, and its message hidden.
 */
export const countsAgainstBudget = ({ state }: Run): boolean => state !== "running";

/**
 * Whether the first check puts a run on watch. A queued run is left alone while it waits its turn: it is not due, or its
 * lane has a backlog, where watching it would cost three write units for nothing. The second check takes them all.
 */
export const shouldWatch = (run: Run, now: number, laneIsEmpty: boolean): boolean => {
  if (isTerminal(run.state) || run.timerKey !== undefined) return false;
  return run.state !== "queued" || (run.availableAt <= now && laneIsEmpty);
};
