import { firstAt, instants } from "../../schedules/plan.ts";
import type { CronRule } from "../cron/cron-rule.ts";
import { type Timeline, timelineOf } from "../cron/zone.ts";
import { wallTime } from "./local-time.ts";
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

/** `02:30`, or `4 times from 02:00 to 02:45`. */
export const timesText = ({ count, first, last }: WallTimes): string =>
  count === 1 ? wallTime(first) : `${count} times from ${wallTime(first)} to ${wallTime(last)}`;
