import { DefinitionError } from "../errors.ts";
import { previous } from "../rules/cron/previous.ts";
import type { Rule } from "../rules/rule.ts";
import type { SkippedRange } from "./ledger-entry.ts";
import type { SchedulePolicy } from "./policy.ts";

/** The part of a schedule that planning reads. */
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
  /** How many of them were missed and are caught up. */
  readonly caughtUp: number;
  readonly skipped: readonly SkippedRange[];
  readonly nextFireAt: number | undefined;
  readonly lastFiredAt: number | undefined;
}

export interface PlanWindow {
  readonly now: number;
  readonly until: number;
  /** Missed instants that already have a run: their dispatcher was killed before it recorded them. */
  readonly ran?: ReadonlySet<number>;
}

/** An occurrence this late counts as missed, and the schedule's catch-up policy applies to it. */
export const misfireAfterMs = 120_000;

/** Instants per plan: their ledger entry stays within one write unit. The rest is planned in the next round. */
export const maxFiresPerPlan = 100;
/** Missed instants that one plan skips at most: a year of seconds must not hold up other schedules. */
const maxSkippedRanges = 5_000;
/** Instants of a pause that are counted one by one. */
const maxCounted = 10_000;

/**
 * Plan what is due from `nextFireAt` up to and including `until`. Everything before `nextFireAt` has been planned.
 * An instant that is planned twice makes one run, and an instant that has a run is never recorded as skipped. So missed
 * instants are skipped first, by plans of their own. The next plan, in the same tick, runs the rest.
 */
export const plan = (row: Plannable, rule: Rule, window: PlanWindow): Plan => {
  if (row.nextFireAt !== undefined && isLateFixedDelay(row, rule, window))
    return planFixedDelay(row, rule, row.nextFireAt, window);
  const maxInstants = catchUpLimit(row.policy) + maxSkippedRanges;
  const missed = instants(rule, row.nextFireAt, window.now - misfireAfterMs - 1, maxInstants);
  const firstKept = firstKeptIndex(row.policy, missed, window.now);
  return firstKept > 0 ? skippedMissed(row, rule, missed, firstKept, window) : fireAll(row, rule, window);
};

/** Skip the missed instants before the first that is kept. Those that already have a run are recorded as fired. */
const skippedMissed = (
  row: Plannable,
  rule: Rule,
  missed: readonly number[],
  firstKept: number,
  { now, ran }: PlanWindow,
): Plan => {
  const old = missed.slice(0, firstKept);
  const planned = old.map(
    (at): PlannedInstant => (ran?.has(at) ? due(at) : { at, reason: reasonFor(row.policy, at, now) }),
  );
  const fire = planned.filter(({ reason }) => reason === undefined).map(({ at }) => at);
  const nextFireAt = missed[firstKept] ?? nextAfterLast(rule, old, row.nextFireAt);
  return {
    fire,
    caughtUp: fire.length,
    skipped: skippedRanges(planned),
    nextFireAt,
    lastFiredAt: fire.at(-1) ?? row.lastFiredAt,
  };
};

const fireAll = (row: Plannable, rule: Rule, { now, until }: PlanWindow): Plan => {
  const wanted = instants(rule, row.nextFireAt, until, maxFiresPerPlan);
  const planned = skipTooSoon(wanted.map(due), row);
  const fire = planned.filter(({ reason }) => reason === undefined).map(({ at }) => at);
  return {
    fire,
    caughtUp: fire.filter((at) => at < now - misfireAfterMs).length,
    skipped: skippedRanges(planned),
    nextFireAt: nextAfterLast(rule, wanted, row.nextFireAt),
    lastFiredAt: fire.at(-1) ?? row.lastFiredAt,
  };
};

/**
 * Plan a late fixed-delay rule. Occurrences that a killed dispatcher sent are recorded as fired, and the rule continues
 * after them; if the next one is in the past too, the rule restarts from now. This plan fires nothing new, so repeating
 * it fires the same.
 */
const planFixedDelay = (row: Plannable, rule: Rule, from: number, window: PlanWindow): Plan => {
  const { sent, nextFireAt } = sentInRow(row, rule, window);
  if (sent.length === 0) return restartFixedDelay(row, rule, from, window);
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

/** The instants from the next one on that already have a run, and the first one without a run. */
const sentInRow = (row: Plannable, rule: Rule, { ran }: PlanWindow) => {
  const sent: number[] = [];
  let nextFireAt = row.nextFireAt;
  for (; nextFireAt !== undefined && ran?.has(nextFireAt); nextFireAt = nextInstant(rule, nextFireAt))
    sent.push(nextFireAt);
  return { sent, nextFireAt };
};

/** A fixed-delay rule counts from when it last fired: after an outage one late occurrence runs, and the rule restarts. */
const restartFixedDelay = (row: Plannable, rule: Rule, at: number, window: PlanWindow): Plan => {
  const { now } = window;
  const isMissed = at < now - misfireAfterMs;
  const isWanted = !isMissed || firstKeptIndex(row.policy, [at], now) === 0;
  const planned = skipTooSoon([isWanted ? due(at) : { at, reason: reasonFor(row.policy, at, now) }], row);
  const fire = planned.filter(({ reason }) => reason === undefined).map(({ at }) => at);
  return {
    fire,
    caughtUp: isMissed ? fire.length : 0,
    skipped: skippedRanges(planned),
    nextFireAt: nextFromNow(rule, window),
    lastFiredAt: fire.at(-1) ?? row.lastFiredAt,
  };
};

const isLateFixedDelay = ({ nextFireAt }: Plannable, rule: Rule, { now }: PlanWindow): boolean =>
  nextFireAt !== undefined && nextFireAt < now && isFixedDelayOnly(rule);

/** In a union with a rule that is not fixed-delay, none of that rule's instants may be passed over. */
const isFixedDelayOnly = ({ isFixedDelay, parts }: Rule): boolean =>
  parts?.every(isFixedDelayOnly) ?? isFixedDelay === true;

/**
 * The instants that a killed dispatcher may have sent: it plans no more than these at once. For a fixed-delay rule this
 * includes future instants, since a restart would fall between them.
 */
export const possiblyDispatched = (row: Plannable, rule: Rule, window: PlanWindow): readonly number[] => {
  const until = isLateFixedDelay(row, rule, window) ? window.until : window.now - misfireAfterMs - 1;
  return instants(rule, row.nextFireAt, until, maxFiresPerPlan);
};

/** One instant: it runs unless there is a reason to skip it. */
interface PlannedInstant {
  readonly at: number;
  readonly reason?: string;
}

const due = (at: number): PlannedInstant => ({ at });

/** How many missed instants the catch-up policy runs: the newest ones. */
const catchUpLimit = ({ catchUp, catchUpLimit }: SchedulePolicy): number =>
  ({ none: 0, latest: 1, all: catchUpLimit })[catchUp];

/**
 * How many missed instants, from the oldest on, are skipped. The newest within the catch-up window are kept. When there
 * are more than one plan reads, the ones it read are skipped, since newer ones follow.
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

/** Skip instants that follow the last fired one sooner than the policy allows. */
const skipTooSoon = (
  planned: readonly PlannedInstant[],
  { policy, lastFiredAt }: Plannable,
): readonly PlannedInstant[] => {
  const { minIntervalMs } = policy;
  if (minIntervalMs === undefined) return planned;
  let last = lastFiredAt ?? Number.NEGATIVE_INFINITY;
  return planned.map((outcome) => {
    if (outcome.at - last < minIntervalMs) return { at: outcome.at, reason: "too soon after the last" };
    last = outcome.at;
    return outcome;
  });
};

/** Group neighbouring instants that were skipped for the same reason into ranges. */
const skippedRanges = (planned: readonly PlannedInstant[]): SkippedRange[] => {
  const ranges: SkippedRange[] = [];
  planned.forEach(({ at, reason }, i) => {
    if (reason === undefined) return;
    const last = ranges.at(-1);
    if (last && planned[i - 1]?.reason === reason)
      ranges[ranges.length - 1] = { ...last, to: at, count: last.count + 1 };
    else ranges.push({ from: at, to: at, count: 1, reason });
  });
  return ranges;
};

export interface Skipped {
  readonly skipped: readonly SkippedRange[];
  readonly nextFireAt: number | undefined;
}

/**
 * Skip everything due from one instant until just before another, for one reason, and find the next due instant.
 * Counting stops at 10,000: a year of seconds would hold up every other schedule.
 */
export const skipAll = (rule: Rule, from: number | undefined, before: number, reason: string): Skipped => {
  const missed = instants(rule, from, before - 1, maxCounted);
  const last = missed.at(-1);
  if (from === undefined || last === undefined) return { skipped: [], nextFireAt: from };
  const next = nextInstant(rule, last);
  const isAll = next === undefined || next >= before;
  const to = isAll ? last : (previous(rule, new Date(before))?.getTime() ?? last);
  return {
    skipped: [{ from, to, count: missed.length, reason }],
    nextFireAt: isAll ? next : nextInstant(rule, before - 1),
  };
};

/** The instant after the last missed one. Without any: the first. */
const nextAfterLast = (
  rule: Rule,
  missed: readonly number[],
  first: number | undefined,
): number | undefined => {
  const last = missed.at(-1);
  return last === undefined ? first : nextInstant(rule, last);
};

/** List due instants, from one that is known to be due, up to and including `until`. */
export const instants = (rule: Rule, from: number | undefined, until: number, max: number): number[] => {
  const found: number[] = [];
  for (
    let next = from;
    next !== undefined && next <= until && found.length < max;
    next = nextInstant(rule, next)
  ) {
    found.push(next);
  }
  return found;
};

/** @throws DefinitionError when a user-defined rule does not go forward: planning it would never end. */
export const nextInstant = (rule: Rule, after: number): number | undefined => {
  const next = rule.next(new Date(after))?.getTime();
  if (next === undefined || next > after) return next;
  throw new DefinitionError(`rule "${rule.text}"`, {
    expected: `an instant after ${after}`,
    got: String(next),
  });
};

/** Whether the current rule is due at this instant, or may be. */
export const isDueAt = (rule: Rule, instant: number): boolean =>
  rule.isFixedDelay === true || nextInstant(rule, instant - 1) === instant;

/** The first due instant at or after `from`. */
export const firstAt = (rule: Rule, from: number): number | undefined => nextInstant(rule, from - 1);
