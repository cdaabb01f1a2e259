import { z } from "zod";
import type { Rule } from "./rule.ts";
import type { CatchUp } from "./schedule.ts";

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

/**
 * What is due of a schedule from `nextAt` up to and including `until`. Everything before `nextAt` has been planned,
 * so planning the same row twice gives the same instants, and their runs the same names.
 */
export const plan = (
  { nextAt, catchUp }: { readonly nextAt: number | undefined; readonly catchUp: CatchUp },
  rule: Rule,
  { now, until }: { readonly now: number; readonly until: number },
): Plan => {
  const missedBefore = catchUp === "all" ? Number.NEGATIVE_INFINITY : now - misfireAfterMs;
  const missed = countUntil(rule, nextAt, missedBefore);
  const latest = catchUp === "latest" && missed.isWhole && missed.last !== undefined ? [missed.last] : [];
  const recent = missed.isWhole ? instants(rule, missed.next, until, mostFired - latest.length) : [];
  const skipped = skippedOf(missed, latest.length);
  const lastFired = recent.at(-1);
  return {
    fire: [...latest, ...recent],
    ...(skipped && { skipped }),
    nextAt: lastFired === undefined ? missed.next : nextInstant(rule, lastFired),
  };
};

export const nextInstant = (rule: Rule, after: number): number | undefined =>
  rule.next(new Date(after))?.getTime();

/** Whether the rule, as it is now, is due at this instant. */
export const isDueAt = (rule: Rule, instant: number): boolean => nextInstant(rule, instant - 1) === instant;

interface Missed {
  readonly count: number;
  readonly first: number | undefined;
  readonly beforeLast: number | undefined;
  readonly last: number | undefined;
  readonly next: number | undefined;
  /** False when there are more than one round may count. */
  readonly isWhole: boolean;
}

const countUntil = (rule: Rule, from: number | undefined, before: number): Missed => {
  let [count, next, last, beforeLast]: [number, number | undefined, number | undefined, number | undefined] =
    [0, from, undefined, undefined];
  while (next !== undefined && next < before && count < mostSkipped) {
    [beforeLast, last, next] = [last, next, nextInstant(rule, next)];
    count++;
  }
  const isWhole = next === undefined || next >= before;
  return { count, first: count > 0 ? from : undefined, beforeLast, last, next, isWhole };
};

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
