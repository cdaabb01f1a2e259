import { isDueAt } from "../../schedules/plan.ts";
import { isOnTheWall } from "../cron/cron-rule.ts";
import type { Stretch } from "../cron/zone.ts";
import { timelineOf } from "../cron/zone.ts";
import type { Rule } from "../rule.ts";
import { timesText, touchedTimes } from "./jumps.ts";
import { wallDate, wallTime } from "./local-time.ts";
import { clockPartsOf, zonesOf } from "./wall-rule.ts";

/** What the clocks do to an occurrence, or around it. */
export type ClockMark = "moved" | "first-copy" | "second-copy" | "change-day";

interface Mark {
  readonly clock: ClockMark;
  readonly note: string;
}

/** What the clocks do to an occurrence, by each part of the rule that is due then. */
export const marksOf = (rule: Rule): ((at: number) => readonly Mark[]) => {
  const hasZones = zonesOf(rule).length > 1;
  const parts = clockPartsOf(rule).map(({ rule }) => ({ rule, timeline: timelineOf(rule.zone) }));
  return (at) => {
    const marks = parts
      .filter(({ rule }) => isDueAt(rule, at))
      .flatMap(({ rule, timeline: { zone, at: stretchAt } }) => {
        const one = mark(rule, at / 1_000, stretchAt(Math.floor(at / 1_000)));
        return one ? [hasZones ? { ...one, note: `${one.note} (${zone})` } : one] : [];
      });
    const strong = marks.filter(({ clock }) => clock !== "change-day");
    return strong.length > 0 ? strong : marks;
  };
};

/** In seconds. */
const mark = (rule: Rule, at: number, stretch: Stretch): Mark | undefined => {
  const { start, end, offset, before, after } = stretch;
  const wall = wallTime((at + offset) * 1_000);
  if (at >= end - (offset - after)) return { clock: "first-copy", note: `first ${wall} of two` };
  if (at < start + (before - offset)) return { clock: "second-copy", note: `second ${wall} of two` };
  const note = at === start ? standsFor(rule, stretch) : undefined;
  if (note !== undefined) return { clock: "moved", note };
  const isSameDay = (other: number): boolean => dayOf(other + offset) === dayOf(at + offset);
  const isChangeDay = (before !== offset && isSameDay(start)) || (after !== offset && isSameDay(end - 1));
  return isChangeDay ? { clock: "change-day", note: "clocks change this day" } : undefined;
};

const dayOf = (wallSecond: number): string => wallDate(wallSecond * 1_000);

/** The times in a gap that an occurrence right after it stands for. */
const standsFor = (rule: Rule, { start, offset, before }: Stretch): string | undefined => {
  if (!isOnTheWall(rule) || offset <= before || rule.dst.gap === "skip") return undefined;
  const times = touchedTimes(rule, { at: start * 1_000, before: before * 1_000, after: offset * 1_000 });
  if (times === undefined) return undefined;
  return `${times.count === 1 ? "moved from" : "stands for"} ${timesText(times)}`;
};
