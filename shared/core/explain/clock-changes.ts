import { type CronRule, isOnTheWall } from "../cron/cron-rule.ts";
import type { DstPolicy } from "../cron/dst.ts";
import { type Timeline, timelineOf } from "../cron/zone.ts";
import { firstAt } from "../occurrence.ts";
import { instants } from "../plan.ts";
import type { Rule } from "../rule.ts";
import { wallDate, wallTime, weekdayOf } from "./local-time.ts";
import { onPlainWall } from "./wall-rule.ts";

/** A moment at which a zone's clocks jump: forward over a gap, or back, so that an overlap is shown twice. In milliseconds. */
export interface Jump {
  readonly at: number;
  /** Offsets from UTC. */
  readonly before: number;
  readonly after: number;
}

/** A rule's wall-clock times between two of a wall. */
export interface WallTimes {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** A change of the clocks, and what it does to a rule. */
export interface ClockChange {
  readonly at: string;
  readonly kind: "gap" | "overlap";
  /** `Sun 2026-03-08`, on the wall. */
  readonly day: string;
  /** Where the clocks jump from and to: `02:00`. */
  readonly from: string;
  readonly to: string;
  /** The rule's times that do not exist that day, or come twice. */
  readonly times?: { readonly count: number; readonly first: string; readonly last: string };
  readonly effect: string;
}

/** The changes of a zone's clocks after one instant and up to another. */
export const jumpsOf = (zone: string, from: number, until: number): readonly Jump[] => {
  const jumps: Jump[] = [];
  const timeline = timelineOf(zone);
  for (let jump = nextJump(timeline, from); jump.at <= until; jump = nextJump(timeline, jump.at)) {
    if (jump.before !== jump.after) jumps.push(jump);
  }
  return jumps;
};

/** The end of the stretch an instant is in: the clocks change there, or the timeline is merely cut. */
const nextJump = (timeline: Timeline, at: number): Jump => {
  const { end, offset, after } = timeline.at(Math.floor(at / 1_000));
  return { at: end * 1_000, before: offset * 1_000, after: after * 1_000 };
};

/** The wall-clock times of a rule that a jump leaves out, or has twice. */
export const touchedTimes = (rule: CronRule, { at, before, after }: Jump): WallTimes | undefined => {
  const wall = onPlainWall(rule);
  const [low, high] = [at + Math.min(before, after), at + Math.max(before, after)];
  const times = instants(wall, firstAt(wall, low), high - 1, high - low);
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined ? undefined : { count: times.length, first, last };
};

/** What a jump does to a rule that goes by the zone's clocks. */
export const clockChange = (rule: Rule, jump: Jump): ClockChange => {
  const { at, before, after } = jump;
  const kind = after > before ? "gap" : "overlap";
  const low = at + Math.min(before, after);
  const times = isOnTheWall(rule) ? touchedTimes(rule, jump) : undefined;
  return {
    at: new Date(at).toISOString(),
    kind,
    day: dayText(low),
    from: timeOn(low, at + before),
    to: timeOn(low, at + after),
    ...(times && { times: { count: times.count, first: wallTime(times.first), last: wallTime(times.last) } }),
    effect: isOnTheWall(rule) ? effectOf(rule.dst, jump, times) : "each part of this rule does as it is told",
  };
};

const dayText = (wallMs: number): string => `${weekdayOf(wallMs)} ${wallDate(wallMs)}`;

/** With its date when that is another: some zones change at midnight, or have skipped a day. */
const timeOn = (day: number, wallMs: number): string =>
  wallDate(day) === wallDate(wallMs) ? wallTime(wallMs) : `${wallTime(wallMs)} on ${wallDate(wallMs)}`;

const effectOf = (
  { gap, overlap }: DstPolicy,
  { at, before, after }: Jump,
  times: WallTimes | undefined,
): string => {
  if (after > before) {
    if (!times) return "no time of this rule is left out";
    const missing = `${timesText(times)} ${isMany(times) ? "do" : "does"} not exist`;
    if (gap === "skip") return `${missing}: skipped`;
    return `${missing}: ${isMany(times) ? "run once," : "runs"} at ${wallTime(at + after)} instead`;
  }
  if (!times) return "no time of this rule comes twice";
  const come = `${timesText(times)} ${isMany(times) ? "come" : "comes"} twice: ${isMany(times) ? "run" : "runs"}`;
  if (overlap === "both") return `${come} both times`;
  return `${come} the ${overlap} time${isMany(times) ? "" : `, ${utcTime(times.first - (overlap === "first" ? before : after))}`}`;
};

const isMany = ({ count }: WallTimes): boolean => count > 1;

/** `02:30`, or `4 times from 02:00 to 02:45`. */
export const timesText = ({ count, first, last }: WallTimes): string =>
  count === 1 ? wallTime(first) : `${count} times from ${wallTime(first)} to ${wallTime(last)}`;

const utcTime = (ms: number): string => `${wallTime(ms)}Z`;
