import { DefinitionError } from "../errors.ts";
import { previous } from "../rules/cron/previous.ts";
import type { Rule } from "../rules/rule.ts";
import type { SkippedRange } from "./ledger-entry.ts";
import type { SchedulePolicy } from "./policy.ts";

/** What planning must know of a schedule. */
export interface Plannable {
  /** The next due instant that has not been planned. Undefined: there is none. */
  readonly nextFireAt?: number | undefined;
  /** The last instant that was fired. */
  readonly lastFiredAt?: number | undefined;
  readonly policy: SchedulePolicy;
}

export interface Plan {
  /** Instants to run, oldest first. */
  readonly fire: readonly number[];
  /** Those of them that were missed and are caught up. */
  readonly caughtUp: number;
  readonly skipped: readonly SkippedRange[];
  readonly nextFireAt: number | undefined;
  readonly lastFiredAt: number | undefined;
}

export interface PlanWindow {
  readonly now: number;
  readonly until: number;
  /** Missed instants that became runs all the same: their dispatcher was killed before it could say so. */
  readonly ran?: ReadonlySet<number>;
}

/** An occurrence this late counts as missed, and the schedule's catch-up policy says what becomes of it. */
export const misfireAfterMs = 120_000;

/** Instants per plan: their ledger entry stays within one write unit. The rest is planned in the next round. */
export const maxFiresPerPlan = 100;
/** Missed instants that a plan lets go at once, however many there are: a year of seconds must hold up no other schedule. */
const maxSkippedRanges = 5_000;
/** Instants of a pause that are counted one by one. */
const maxCounted = 10_000;

/**
 * What is due of a schedule from `nextFireAt` up to and including `until`. Everything before `nextFireAt` has been planned.
 * An instant that is planned twice makes one run, and one that has its run is never told as skipped: so what an outage
 * made late is let go first, by plans of their own. The next plan, in the same tick, runs what is left.
 */
export const plan = (row: Plannable, rule: Rule, horizon: PlanWindow): Plan => {
  if (row.nextFireAt !== undefined && isLateDrift(row, rule, horizon))
    return planDrift(row, rule, row.nextFireAt, horizon);
  const most = catchUpLimit(row.policy) + maxSkippedRanges;
  const missed = instants(rule, row.nextFireAt, horizon.now - misfireAfterMs - 1, most);
  const kept = firstKeptIndex(row.policy, missed, horizon.now);
  return kept > 0 ? skippedMissed(row, rule, missed, kept, horizon) : fireAll(row, rule, horizon);
};

/** Skip the missed instants before the first that is kept. Those that ran all the same are told so. */
const skippedMissed = (
  row: Plannable,
  rule: Rule,
  missed: readonly number[],
  kept: number,
  { now, ran }: PlanWindow,
): Plan => {
  const old = missed.slice(0, kept);
  const fates = old.map(
    (at): PlannedInstant => (ran?.has(at) ? due(at) : { at, reason: reasonFor(row.policy, at, now) }),
  );
  const fire = fates.filter(({ reason }) => reason === undefined).map(({ at }) => at);
  const nextFireAt = missed[kept] ?? nextAfterLast(rule, old, row.nextFireAt);
  return {
    fire,
    caughtUp: fire.length,
    skipped: skips(fates),
    nextFireAt,
    lastFiredAt: fire.at(-1) ?? row.lastFiredAt,
  };
};

const fireAll = (row: Plannable, rule: Rule, { now, until }: PlanWindow): Plan => {
  const wanted = instants(rule, row.nextFireAt, until, maxFiresPerPlan);
  const fates = limit(wanted.map(due), row);
  const fire = fates.filter(({ reason }) => reason === undefined).map(({ at }) => at);
  return {
    fire,
    caughtUp: fire.filter((at) => at < now - misfireAfterMs).length,
    skipped: skips(fates),
    nextFireAt: nextAfterLast(rule, wanted, row.nextFireAt),
    lastFiredAt: fire.at(-1) ?? row.lastFiredAt,
  };
};

/**
 * What a killed dispatcher sent of a drifting rule is fired, and the rule continues after it; once that is over too, it
 * starts again from now. Nothing that is new is in this plan, so that one which is repeated fires the same.
 */
const planDrift = (row: Plannable, rule: Rule, from: number, window: PlanWindow): Plan => {
  const { sent, nextFireAt } = sentInARow(row, rule, window);
  if (sent.length === 0) return restartDrift(row, rule, from, window);
  return {
    fire: sent,
    caughtUp: sent.filter((at) => at < window.now - misfireAfterMs).length,
    skipped: [],
    nextFireAt: nextFireAt === undefined || nextFireAt >= window.now ? nextFireAt : nextFromNow(rule, window),
    lastFiredAt: sent.at(-1),
  };
};

const nextFromNow = (rule: Rule, { now }: PlanWindow): number | undefined =>
  nextInstant(rule, Math.floor(now / 1_000) * 1_000);

/** The instants from the next one on that have their run already, and the first that has none. */
const sentInARow = (row: Plannable, rule: Rule, { ran }: PlanWindow) => {
  const sent: number[] = [];
  let nextFireAt = row.nextFireAt;
  for (; nextFireAt !== undefined && ran?.has(nextFireAt); nextFireAt = nextInstant(rule, nextFireAt))
    sent.push(nextFireAt);
  return { sent, nextFireAt };
};

/** A drifting rule counts from when it was fired: after an outage one late occurrence runs, and the rule starts again. */
const restartDrift = (row: Plannable, rule: Rule, at: number, window: PlanWindow): Plan => {
  const { now } = window;
  const isMissed = at < now - misfireAfterMs;
  const isWanted = !isMissed || firstKeptIndex(row.policy, [at], now) === 0;
  const fates = limit([isWanted ? due(at) : { at, reason: reasonFor(row.policy, at, now) }], row);
  const fire = fates.filter(({ reason }) => reason === undefined).map(({ at }) => at);
  return {
    fire,
    caughtUp: isMissed ? fire.length : 0,
    skipped: skips(fates),
    nextFireAt: nextFromNow(rule, window),
    lastFiredAt: fire.at(-1) ?? row.lastFiredAt,
  };
};

const isLateDrift = ({ nextFireAt }: Plannable, rule: Rule, { now }: PlanWindow): boolean =>
  nextFireAt !== undefined && nextFireAt < now && isAllDrift(rule);

/** Of a union with a rule that has instants of its own, none of these may be passed over. */
const isAllDrift = ({ isFixedDelay, parts }: Rule): boolean =>
  parts?.every(isAllDrift) ?? isFixedDelay === true;

/**
 * Instants that a killed dispatcher may have sent: it plans no more than these at once. Of a drifting rule those to come
 * matter too, as it would start again between them.
 */
export const possiblyDispatched = (row: Plannable, rule: Rule, window: PlanWindow): readonly number[] => {
  const until = isLateDrift(row, rule, window) ? window.until : window.now - misfireAfterMs - 1;
  return instants(rule, row.nextFireAt, until, maxFiresPerPlan);
};

/** One instant and what becomes of it: it runs, or there is a reason why not. */
interface PlannedInstant {
  readonly at: number;
  readonly reason?: string;
}

const due = (at: number): PlannedInstant => ({ at });

/** How many of the missed, the newest of them, the catch-up policy wants to run. */
const catchUpLimit = ({ catchUp, catchUpLimit }: SchedulePolicy): number =>
  ({ none: 0, latest: 1, all: catchUpLimit })[catchUp];

/**
 * How many of the missed, from the oldest on, are let go. What is kept are the newest, within the window. When there are
 * more than a plan looks at, these go all the same, since newer ones follow.
 */
const firstKeptIndex = (policy: SchedulePolicy, missed: readonly number[], now: number): number => {
  const byCount = Math.max(0, missed.length - catchUpLimit(policy));
  const byAge = missed.findIndex((at) => at >= now - policy.catchUpWindowMs);
  return Math.max(byCount, byAge < 0 ? missed.length : byAge);
};

const reasonFor = (policy: SchedulePolicy, at: number, now: number): string =>
  at < now - policy.catchUpWindowMs
    ? "missed: too long ago to catch up"
    : "missed: the pipeline was not running";

/** No more often than the schedule may fire. */
const limit = (
  fates: readonly PlannedInstant[],
  { policy, lastFiredAt }: Plannable,
): readonly PlannedInstant[] => {
  const { minIntervalMs } = policy;
  if (minIntervalMs === undefined) return fates;
  let last = lastFiredAt ?? Number.NEGATIVE_INFINITY;
  return fates.map((fate) => {
    if (fate.at - last < minIntervalMs) return { at: fate.at, reason: "too soon after the last" };
    last = fate.at;
    return fate;
  });
};

/** Runs of neighbours that were skipped for the same reason, each told once. */
const skips = (fates: readonly PlannedInstant[]): SkippedRange[] => {
  const told: SkippedRange[] = [];
  fates.forEach(({ at, reason }, i) => {
    if (reason === undefined) return;
    const last = told.at(-1);
    if (last && fates[i - 1]?.reason === reason)
      told[told.length - 1] = { ...last, to: at, count: last.count + 1 };
    else told.push({ from: at, to: at, count: 1, reason });
  });
  return told;
};

export interface Skipped {
  readonly skipped: readonly SkippedRange[];
  readonly nextFireAt: number | undefined;
}

/**
 * All that is due from one instant until just before another, let go for one reason, and what is due next. Counting
 * ends at 10,000: a year of seconds would hold up every other schedule.
 */
export const skipAll = (rule: Rule, from: number | undefined, before: number, reason: string): Skipped => {
  const some = instants(rule, from, before - 1, maxCounted);
  const last = some.at(-1);
  if (from === undefined || last === undefined) return { skipped: [], nextFireAt: from };
  const next = nextInstant(rule, last);
  const isAll = next === undefined || next >= before;
  const to = isAll ? last : (previous(rule, new Date(before))?.getTime() ?? last);
  return {
    skipped: [{ from, to, count: some.length, reason }],
    nextFireAt: isAll ? next : nextInstant(rule, before - 1),
  };
};

/** The instant that follows the last of some, or the one they would have begun with. */
const nextAfterLast = (
  rule: Rule,
  some: readonly number[],
  first: number | undefined,
): number | undefined => {
  const last = some.at(-1);
  return last === undefined ? first : nextInstant(rule, last);
};

/** Due instants from one that is known to be due, up to and including `until`. */
export const instants = (rule: Rule, from: number | undefined, until: number, most: number): number[] => {
  const found: number[] = [];
  for (
    let next = from;
    next !== undefined && next <= until && found.length < most;
    next = nextInstant(rule, next)
  ) {
    found.push(next);
  }
  return found;
};

/** @throws DefinitionError when a rule of the user's own does not go forward: planning it would never end. */
export const nextInstant = (rule: Rule, after: number): number | undefined => {
  const next = rule.next(new Date(after))?.getTime();
  if (next === undefined || next > after) return next;
  throw new DefinitionError(`rule "${rule.text}"`, `expected an instant after ${after}, got ${next}`);
};

/** Whether the rule, as it is now, is due at this instant, or may be. */
export const isDueAt = (rule: Rule, instant: number): boolean =>
  rule.isFixedDelay === true || nextInstant(rule, instant - 1) === instant;

/** The first due instant at or after one. */
export const firstAt = (rule: Rule, from: number): number | undefined => nextInstant(rule, from - 1);
