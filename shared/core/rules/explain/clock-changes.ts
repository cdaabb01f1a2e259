import { isOnTheWall } from "../cron/cron-rule.ts";
import type { Rule } from "../rule.ts";
import { effectOf, type GapEffect, gapEffect } from "./clock-effects.ts";
import { type Jump, jumpsOf, touchedTimes } from "./jumps.ts";
import { wallDate, wallTime, weekdayOf } from "./local-time.ts";
import { type ClockPart, clockPartsOf, zonesOf } from "./wall-rule.ts";

/** A change of the clocks, and what it does to a rule. */
export interface ClockChange {
  readonly at: string;
  readonly kind: "gap" | "overlap";
  /** Whose clocks change. */
  readonly zone: string;
  /** Where a rule has several that go by clocks: the one that this is about. */
  readonly part?: string;
  /** `Sun 2026-03-08`, on the wall. */
  readonly day: string;
  /** Where the clocks jump from and to: `02:00`. */
  readonly from: string;
  readonly to: string;
  /** The rule's times that do not exist that day, or come twice. */
  readonly times?: { readonly count: number; readonly first: string; readonly last: string };
  /** What happens to times that do not exist. */
  readonly gapEffect?: GapEffect;
  readonly effect: string;
}

/** What the changes of its clocks after one instant and up to another do to a rule, in the order of time. */
export const changesOf = (rule: Rule, from: number, until: number): readonly ClockChange[] => {
  const parts = clockPartsOf(rule);
  return zonesOf(rule)
    .flatMap((zone) => {
      const own = parts.filter(({ rule }) => rule.zone === zone);
      return jumpsOf(zone, from, until).flatMap((jump) => notesOf(own, jump, parts.length > 1));
    })
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
};

/** The parts of a zone that a jump touches, or one word for all of them. */
const notesOf = (parts: readonly ClockPart[], jump: Jump, isOneOfMany: boolean): readonly ClockChange[] => {
  const changes = parts.map((part) => ({ part, change: changeOf(part, jump) }));
  const touched = changes.filter(({ part, change }) => change.times || !isOnTheWall(part.rule));
  if (touched.length === 0) return changes.slice(0, 1).map(({ change }) => change);
  return touched.map(({ part, change }) => (isOneOfMany ? { ...change, part: part.rule.text } : change));
};

const changeOf = ({ rule, keeps }: ClockPart, jump: Jump): ClockChange => {
  const { at, before, after } = jump;
  const kind = after > before ? "gap" : "overlap";
  const low = at + Math.min(before, after);
  const isKept = keeps(at) || (kind === "overlap" && keeps(at - 1_000));
  const times = isOnTheWall(rule) && isKept ? touchedTimes(rule, jump) : undefined;
  return {
    at: new Date(at).toISOString(),
    kind,
    zone: rule.zone,
    day: dayText(low),
    from: timeOn(low, at + before),
    to: timeOn(low, at + after),
    ...(times && { times: { count: times.count, first: wallTime(times.first), last: wallTime(times.last) } }),
    ...(times && isOnTheWall(rule) && kind === "gap" && { gapEffect: gapEffect(rule, jump, times) }),
    effect: effectOf(rule, jump, times),
  };
};

const dayText = (wallMs: number): string => `${weekdayOf(wallMs)} ${wallDate(wallMs)}`;

/** With its date when that is another: some zones change at midnight, or have skipped a day. */
const timeOn = (day: number, wallMs: number): string =>
  wallDate(day) === wallDate(wallMs) ? wallTime(wallMs) : `${wallTime(wallMs)} on ${wallDate(wallMs)}`;
