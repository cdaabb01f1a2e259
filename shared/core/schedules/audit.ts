import { withoutUndefined } from "../without-undefined.ts";
import type { LedgerEntry } from "./ledger-entry.ts";

/** What a ledger says of one instant, the last word on it. */
export type OccurrenceRecord =
  | {
      readonly at: number;
      /** Of the run that was made. Absent in what was told before it was kept. */
      readonly job?: string | undefined;
      readonly outcome: "fired" | "caught-up";
      readonly recordedAt: number;
      readonly lateMs: number;
    }
  | {
      readonly at: number;
      /** That the schedule had then. */
      readonly job?: string | undefined;
      readonly outcome: "skipped";
      readonly recordedAt: number;
      readonly reason: string;
    };

export interface Audit {
  readonly due: number;
  readonly fired: number;
  readonly skipped: number;
  /** Due, and nobody says what became of it. */
  readonly missing: readonly number[];
  /** Told as fired, not let go by its worker, and not due by the rule as it is now. */
  readonly unexpected: readonly number[];
}

/** From an instant until just before another. */
export interface AuditedRange {
  readonly from: number;
  readonly until: number;
}

/** Hold a ledger against an independent recomputation of what was due in a range. */
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
    return skipped.has(at) ? "skipped" : "hole";
  });
  const known = new Set(due);
  const odd = [...made].filter((at) => at >= from && at < until && !known.has(at)).sort((a, b) => a - b);
  const oddStopped = skippedOf(odd, byWorkers);
  return {
    due: due.length,
    fired: outcomes.get("fired")?.length ?? 0,
    skipped: outcomes.get("skipped")?.length ?? 0,
    missing: outcomes.get("hole") ?? [],
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

/** Those of some instants, which are in order, that lie in a skip of some entries. */
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
 * One line per due instant, newest first. A worker knows more than the dispatcher that sent the run, so its word
 * counts; who says that an instant was fired has made its run, so that counts for more than a skip, and the first of
 * them made it. A run of neighbours that was skipped for one reason comes back as the instants that the rule has there.
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
  // Of the job that an instant is by now, whoever told it first made the run.
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
