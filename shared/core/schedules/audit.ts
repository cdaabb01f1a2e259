import { withoutUndefined } from "../without-undefined.ts";
import type { LedgerEntry } from "./ledger-entry.ts";

/** The outcome of one instant, as the ledger's entries together give it. */
export type OccurrenceRecord =
  | {
      readonly at: number;
      /** The run's job. Absent in entries from before it was stored. */
      readonly job?: string | undefined;
      readonly outcome: "fired" | "caught-up";
      readonly recordedAt: number;
      readonly lateMs: number;
    }
  | {
      readonly at: number;
      /** The schedule's job at that time. */
      readonly job?: string | undefined;
      readonly outcome: "skipped";
      readonly recordedAt: number;
      readonly reason: string;
    };

export interface Audit {
  readonly due: number;
  readonly fired: number;
  readonly skipped: number;
  /** Due instants without a ledger entry. */
  readonly missing: readonly number[];
  /** Instants recorded as fired and not skipped by their worker, that are not due by the current rule. */
  readonly unexpected: readonly number[];
}

/** From an instant until just before another. */
export interface AuditedRange {
  readonly from: number;
  readonly until: number;
}

/** Compare a ledger with an independent recomputation of what was due in a range. */
export const auditLedger = (
  due: readonly number[],
  entries: readonly LedgerEntry[],
  { from, until }: AuditedRange,
): Audit => {
  const made = new Set(entries.flatMap(({ fired }) => fired));
  const skipped = skippedOf(due, entries.filter(isNotOfWorker));
  const byWorkers = effectiveWorkerEntries(entries);
  const stopped = skippedOf(due, byWorkers);
  const outcomes = Map.groupBy(due, (at) => {
    if (stopped.has(at)) return "skipped";
    if (made.has(at)) return "fired";
    return skipped.has(at) ? "skipped" : "missing";
  });
  const known = new Set(due);
  const odd = [...made].filter((at) => at >= from && at < until && !known.has(at)).sort((a, b) => a - b);
  const oddStopped = skippedOf(odd, byWorkers);
  return {
    due: due.length,
    fired: outcomes.get("fired")?.length ?? 0,
    skipped: outcomes.get("skipped")?.length ?? 0,
    missing: outcomes.get("missing") ?? [],
    unexpected: odd.filter((at) => !oddStopped.has(at)),
  };
};

/**
 * The job of the last plan that fired each instant: an edit may have planned it again for another. Versions of the
 * schedule say which plan is later, since clocks differ.
 */
const lastJobs = (entries: readonly LedgerEntry[]): ReadonlyMap<number, string | undefined> =>
  new Map(
    [...entries]
      .sort((a, b) => (a.version ?? 0) - (b.version ?? 0) || a.recordedAt - b.recordedAt)
      .flatMap(({ fired, job }) => fired.map((at) => [at, job] as const)),
  );

/**
 * A worker's entry about an instant is effective until an operator starts a later generation of its run, or the instant
 * was planned for another job.
 */
const effectiveWorkerEntries = (entries: readonly LedgerEntry[]): readonly LedgerEntry[] => {
  const jobs = lastJobs(entries);
  const wanted = new Map<number, number>();
  for (const { recordedBy, fired, generation = 1 } of entries) {
    if (recordedBy === "operator")
      for (const at of fired) wanted.set(at, Math.max(generation, wanted.get(at) ?? 1));
  }
  const isOfAnother = ({ at, job }: LedgerEntry): boolean =>
    job !== undefined && jobs.get(at) !== undefined && jobs.get(at) !== job;
  return entries.filter(
    (entry) =>
      isOfWorker(entry) && (entry.generation ?? 1) >= (wanted.get(entry.at) ?? 1) && !isOfAnother(entry),
  );
};

const isOfWorker = ({ recordedBy }: LedgerEntry): boolean => recordedBy === "worker";
const isNotOfWorker = (entry: LedgerEntry): boolean => !isOfWorker(entry);

/** Find the instants, given in ascending order, that a skipped range of the entries covers. */
const skippedOf = (due: readonly number[], entries: readonly LedgerEntry[]): ReadonlySet<number> => {
  const skips = entries.flatMap(({ skipped }) => skipped).sort((a, b) => a.from - b.from);
  let [reach, i] = [Number.NEGATIVE_INFINITY, 0];
  const isIn = (at: number): boolean => {
    for (let skip = skips[i]; skip && skip.from <= at; skip = skips[++i]) reach = Math.max(reach, skip.to);
    return at <= reach;
  };
  return new Set(due.filter(isIn));
};

/** The instants that a rule has in a range, both ends included. */
type InstantsIn = (from: number, to: number) => readonly number[];

/**
 * Resolve entries to one line per due instant, newest first. Worker entries take precedence, since a worker knows more
 * than the dispatcher that sent the run. A fired entry takes precedence over a skip, since its writer made the run; of
 * several, the first made it. A skipped range is expanded to the rule's instants in it.
 */
export const resolveOccurrences = (
  entries: readonly LedgerEntry[],
  instantsIn: InstantsIn,
): readonly OccurrenceRecord[] => {
  const inTime = [...entries].sort((a, b) => a.recordedAt - b.recordedAt);
  const others = inTime.filter(isNotOfWorker);
  const workers = effectiveWorkerEntries(inTime).toSorted(
    (a, b) => (a.generation ?? 1) - (b.generation ?? 1),
  );
  const held = new Set(workers);
  const overruled = new Set(inTime.filter((one) => isOfWorker(one) && !held.has(one)).map(({ at }) => at));
  const jobs = lastJobs(others);
  const skipsOf = (some: readonly LedgerEntry[]) => some.flatMap((entry) => skipLines(entry, instantsIn));
  // Among the entries of an instant's current job, the first one made the run.
  const firedBy = (some: readonly LedgerEntry[]) =>
    some
      .toReversed()
      .flatMap(firedLines)
      .filter(({ at, job }) => job === jobs.get(at));
  const lines = [
    ...skipsOf(others),
    ...firedBy(others),
    ...firedBy(others.filter(({ recordedBy }) => recordedBy === "operator")).filter(({ at }) =>
      overruled.has(at),
    ),
    ...skipsOf(workers),
  ];
  return [...new Map(lines.map((line) => [line.at, line])).values()].sort((a, b) => b.at - a.at);
};

const skipLines = (
  { skipped, recordedAt, job }: LedgerEntry,
  instantsIn: InstantsIn,
): readonly OccurrenceRecord[] =>
  skipped.flatMap(({ from, to, reason }) =>
    instantsIn(from, to).map((at) =>
      withoutUndefined({
        at,
        outcome: "skipped",
        recordedAt,
        reason,
        job,
      }),
    ),
  );

type Fired = Extract<OccurrenceRecord, { outcome: "fired" | "caught-up" }>;

const firedLines = ({ fired, caughtUp, recordedAt, job }: LedgerEntry): readonly Fired[] =>
  fired.map((at, i) =>
    withoutUndefined({
      at,
      recordedAt,
      lateMs: Math.max(0, recordedAt - at),
      job,
      outcome: i < caughtUp ? "caught-up" : "fired",
    }),
  );
