import type { Volume } from "../../cost/schedule-cost.ts";
import { maxDelayMs } from "../../runs/new-run.ts";
import { firstAt, nextInstant } from "../../schedules/plan.ts";
import type { SchedulePolicy } from "../../schedules/policy.ts";
import type { Rule } from "../rule.ts";

/** How often a rule is due, and what that asks of the pipeline. */
export interface Rhythm {
  /** Occurrences that run in the next 30 days: counted, or estimated where `isExact` is false. */
  readonly next30Days: number;
  readonly isExact: boolean;
  /** The next 30 days; of rules that are due less than every other day, the mean of the next four years. */
  readonly perMonth: Required<Volume>;
  /** Instants that one advance of the schedule's row covers. */
  readonly perAdvance: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const month = { days: 30, months: 1 };
const fourYears = { days: 1_461, months: 48 };

export const rhythmOf = (
  rule: Rule,
  policy: Pick<SchedulePolicy, "jitterMs" | "minIntervalMs"> | undefined,
  from: number,
): Rhythm => {
  const count = ({ days }: typeof month): Counted =>
    countOf({ rule, from, until: from + days * dayMs, gapMs: policy?.minIntervalMs ?? 0 });
  const next = count(month);
  const isSparse = next.instants < month.days / 2;
  const [counted, { months }] = isSparse ? [count(fourYears), fourYears] : [next, month];
  const runs = counted.runs / months;
  return {
    next30Days: next.runs,
    isExact: next.isExact,
    perMonth: { runs, advances: counted.advances / months, parked: runs * parkedPart(policy?.jitterMs ?? 0) },
    perAdvance: counted.instants / Math.max(1, counted.advances),
  };
};

/**
 * The part of runs that jitter has due later than SQS can delay them. A tick sends them 60 to 120 seconds ahead of their
 * instant.
 */
const parkedPart = (jitterMs: number): number => {
  const heldByQueueMs = maxDelayMs - 90_000;
  return jitterMs <= heldByQueueMs ? 0 : 1 - heldByQueueMs / jitterMs;
};

interface Span {
  readonly rule: Rule;
  readonly from: number;
  readonly until: number;
  /** At least so long between two runs. */
  readonly gapMs: number;
}

interface Counted {
  readonly instants: number;
  readonly runs: number;
  /** Minutes that have instants: the tick comes once a minute, so each brings one minute more into the look-ahead. */
  readonly advances: number;
  readonly isExact: boolean;
}

/** More instants than this are estimated from a part of the minutes. */
const maxCounted = 100_000;

const countOf = (span: Span): Counted => {
  const counted = walk(span, maxCounted);
  return counted.instants < maxCounted ? counted : sample(span);
};

const walk = ({ rule, from, until, gapMs }: Span, most: number): Counted => {
  let [instants, runs, advances] = [0, 0, 0];
  let [lastRun, lastMinute] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let at = firstAt(rule, from);
  while (at !== undefined && at < until && instants < most) {
    instants += 1;
    if (at - lastRun >= gapMs) [runs, lastRun] = [runs + 1, at];
    if (minuteOf(at) !== lastMinute) [advances, lastMinute] = [advances + 1, minuteOf(at)];
    at = nextInstant(rule, at);
  }
  return { instants, runs, advances, isExact: true };
};

const minuteOf = (ms: number): number => Math.floor(ms / minuteMs);

/** Shares no factor with minutes of an hour, hours of a day or days of a week: no pattern hides from it. */
const stride = 37;

const sample = (span: Span): Counted => {
  const first = minuteOf(span.from);
  let [instants, runs, advances] = [0, 0, 0];
  let minute = first;
  while (minute * minuteMs < span.until) {
    const due = firstAt(span.rule, minute * minuteMs);
    if (due === undefined) break;
    const ahead = minuteOf(due) - minute;
    if (ahead === 0) {
      const one = walk({ ...span, from: due, until: (minute + 1) * minuteMs }, maxCounted);
      [instants, runs, advances] = [instants + one.instants, runs + one.runs, advances + 1];
    }
    minute += stride * Math.max(1, Math.ceil(ahead / stride));
  }
  return { instants: instants * stride, runs: runs * stride, advances: advances * stride, isExact: false };
};
