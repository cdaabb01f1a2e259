import { z } from "zod";
import { DefinitionError } from "./errors.ts";
import type { Rule } from "./rule.ts";

/** A schedule as it is stored: what it says, and when it must be looked at next. */
export const scheduleRowSchema = z.object({
  name: z.string(),
  /** Grows with every change that is not an advance. */
  version: z.int().positive(),
  /** `code` stands in jobs/schedules.ts and is reconciled with it. */
  source: z.enum(["code", "operator"]),
  state: z.enum(["active", "paused", "deleted"]),
  job: z.string(),
  rule: z.string(),
  /** JSON text. */
  input: z.string().optional(),
  inputHash: z.string(),
  catchUp: z.enum(["none", "latest", "all"]),
  /** The next due instant that has not been planned. Absent: there is none. */
  nextAt: z.int().optional(),
});

export type ScheduleRow = z.infer<typeof scheduleRowSchema>;

export interface ScheduleChange {
  readonly row: ScheduleRow;
  /** What the stored row must still be. */
  readonly when: { readonly version: number; readonly nextAt: number | undefined };
}

/** What became of the instants of one plan. */
export const ledgerEntrySchema = z.object({
  schedule: z.string(),
  /** The first instant it tells of; with the name, its key. */
  at: z.int(),
  plannedAt: z.int(),
  /** Instants that became runs. */
  fired: z.array(z.int()),
  skipped: z.object({ from: z.int(), to: z.int(), count: z.int().positive(), reason: z.string() }).optional(),
});

export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

export interface Plan {
  /** Instants to run, oldest first. */
  readonly fire: readonly number[];
  readonly skipped?: LedgerEntry["skipped"];
  readonly nextAt: number | undefined;
}

/** An occurrence this late counts as missed, and the schedule's catch-up policy says what becomes of it. */
export const misfireAfterMs = 120_000;

/** Instants per plan: their ledger entry stays within one write unit. The rest is planned in the next round. */
const mostFired = 100;
const mostSkipped = 100_000;

export interface Horizon {
  readonly now: number;
  readonly until: number;
  /** Missed instants that became runs all the same: their dispatcher was killed before it could say so. */
  readonly ran?: ReadonlySet<number>;
}

type Plannable = Pick<ScheduleRow, "catchUp" | "nextAt">;

/**
 * What is due of a schedule from `nextAt` up to and including `until`. Everything before `nextAt` has been planned.
 * An instant that is planned twice makes one run, and one that has its run is never told as skipped.
 */
export const plan = (row: Plannable, rule: Rule, { now, until, ran = new Set() }: Horizon): Plan => {
  const missed = walkMissed(rule, row.nextAt, missedBefore(row, now), ran);
  const latest = row.catchUp === "latest" ? keptOf(missed) : [];
  const late = [...missed.ran, ...latest];
  const recent = missed.isWhole ? instants(rule, missed.next, until, mostFired - late.length) : [];
  const skipped = skippedOf(missed, latest.length);
  const lastFired = recent.at(-1);
  return {
    fire: [...late, ...recent],
    ...(skipped && { skipped }),
    nextAt: lastFired === undefined ? missed.next : nextInstant(rule, lastFired),
  };
};

/** Missed instants that a killed dispatcher may have sent: it plans no more than these at once. */
export const suspectsOf = (row: Plannable, rule: Rule, now: number): readonly number[] =>
  instants(rule, row.nextAt, missedBefore(row, now) - 1, mostFired);

const missedBefore = ({ catchUp }: Plannable, now: number): number =>
  catchUp === "all" ? Number.NEGATIVE_INFINITY : now - misfireAfterMs;

/** @throws DefinitionError when a rule of the user's own does not go forward: planning it would never end. */
export const nextInstant = (rule: Rule, after: number): number | undefined => {
  const next = rule.next(new Date(after))?.getTime();
  if (next === undefined || next > after) return next;
  throw new DefinitionError(`rule "${rule.text}"`, `expected an instant after ${after}, got ${next}`);
};

/** Whether the rule, as it is now, is due at this instant. */
export const isDueAt = (rule: Rule, instant: number): boolean => nextInstant(rule, instant - 1) === instant;

interface Missed {
  /** Of those that are to be skipped: how many, and the first, the last but one, and the last. */
  readonly count: number;
  readonly first?: number;
  readonly beforeLast?: number | undefined;
  readonly last?: number;
  readonly ran: readonly number[];
  readonly next: number | undefined;
  /** False when there are more than one round may count. */
  readonly isWhole: boolean;
}

const walkMissed = (
  rule: Rule,
  from: number | undefined,
  before: number,
  ran: ReadonlySet<number>,
): Missed => {
  const kept: number[] = [];
  let missed: Pick<Missed, "count" | "first" | "beforeLast" | "last"> = { count: 0 };
  let next = from;
  while (next !== undefined && next < before && missed.count < mostSkipped) {
    if (ran.has(next)) kept.push(next);
    else
      missed = { count: missed.count + 1, first: missed.first ?? next, beforeLast: missed.last, last: next };
    next = nextInstant(rule, next);
  }
  return { ...missed, ran: kept, next, isWhole: next === undefined || next >= before };
};

/** The newest of the missed, unless a newer one ran. */
const keptOf = ({ isWhole, last, ran }: Missed): readonly number[] =>
  isWhole && last !== undefined && last > (ran.at(-1) ?? 0) ? [last] : [];

const skippedOf = (missed: Missed, kept: number): LedgerEntry["skipped"] => {
  const count = missed.count - kept;
  const to = kept > 0 ? missed.beforeLast : missed.last;
  if (count < 1 || missed.first === undefined || to === undefined) return undefined;
  return { from: missed.first, to, count, reason: "missed: the pipeline was not running" };
};

const instants = (rule: Rule, from: number | undefined, until: number, most: number): number[] => {
  const due: number[] = [];
  for (
    let next = from;
    next !== undefined && next <= until && due.length < most;
    next = nextInstant(rule, next)
  ) {
    due.push(next);
  }
  return due;
};

/** The key of an occurrence's run: whoever plans it, and however often, it is one run. */
export const occurrenceKey = (schedule: string, instant: number): string =>
  `${schedule}@${new Date(instant).toISOString().replace(".000Z", "Z")}`;

/** Ledger rows are kept as long as the runs they name. */
export const ledgerKeepMs = 30 * 86_400_000;
