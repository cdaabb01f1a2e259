import { isOnTheWall } from "../cron/cron-rule.ts";
import type { Stretch } from "../cron/zone.ts";
import { timelineOf } from "../cron/zone.ts";
import { instants, plan } from "../plan.ts";
import type { Rule } from "../rule.ts";
import { jitterOf, type SchedulePolicy } from "../schedule-policy.ts";
import { timesText, touchedTimes } from "./clock-changes.ts";
import { type LocalTime, localClock, wallDate, wallTime } from "./local-time.ts";
import { goesByClocks } from "./wall-rule.ts";

/** What the clocks do to an occurrence, or around it. */
type ClockMark = "moved" | "first-copy" | "second-copy" | "change-day";

/** A schedule as far as it decides about its occurrences. */
export interface Behaviour {
  readonly name: string;
  readonly policy: SchedulePolicy;
}

/** One coming occurrence. */
export interface Fire extends LocalTime {
  readonly at: string;
  readonly clock?: ClockMark;
  /** When the jitter of its schedule has it start, and what the wall shows then. */
  readonly starts?: { readonly at: string; readonly local: string };
  /** Left out by the limit on how often its schedule may fire. */
  readonly isTooSoon?: true;
  readonly notes: readonly string[];
}

interface Shown {
  readonly first: number;
  readonly count: number;
  /** Whose clocks show it. */
  readonly zone: string;
  readonly schedule?: Behaviour | undefined;
}

/** The occurrences of a rule from one on that is due. */
export const firesOf = (rule: Rule, { first, count, zone, schedule }: Shown): readonly Fire[] => {
  const due = instants(rule, first, Number.POSITIVE_INFINITY, count);
  const read = localClock(zone);
  const markOf = marksOf(rule);
  const treat = schedule ? treatmentOf(rule, due, schedule) : (): Treatment => ({});
  return due.map((at) => {
    const { clock, note } = markOf(at);
    const { startsAt, isTooSoon } = treat(at);
    return {
      at: iso(at),
      ...read(at),
      ...(clock && { clock }),
      ...(startsAt !== undefined && { starts: { at: iso(startsAt), local: read(startsAt).local } }),
      ...(isTooSoon && { isTooSoon }),
      notes: [...(note === undefined ? [] : [note]), ...(isTooSoon ? ["too soon: skipped"] : [])],
    };
  });
};

const iso = (ms: number): string => new Date(ms).toISOString();

/** What a schedule's policy makes of an occurrence. */
interface Treatment {
  readonly startsAt?: number;
  readonly isTooSoon?: true;
}

/** Which of them are too soon is the dispatcher's own answer, were they all in one plan. */
const treatmentOf = (
  rule: Rule,
  due: readonly number[],
  { name, policy }: Behaviour,
): ((at: number) => Treatment) => {
  const [now, until] = [Math.min(...due), Math.max(...due)];
  const runs = new Set(plan({ nextAt: now, policy }, rule, { now, until }).fire);
  return (at) => {
    if (!runs.has(at)) return { isTooSoon: true };
    return policy.jitterMs > 0 ? { startsAt: at + jitterOf(policy, name, at) } : {};
  };
};

interface Mark {
  readonly clock?: ClockMark;
  readonly note?: string;
}

const marksOf = (rule: Rule): ((at: number) => Mark) => {
  if (!goesByClocks(rule)) return () => ({});
  const timeline = timelineOf(rule.zone);
  return (at) => mark(rule, at / 1_000, timeline.at(Math.floor(at / 1_000)));
};

/** In seconds. */
const mark = (rule: Rule, at: number, stretch: Stretch): Mark => {
  const { start, end, offset, before, after } = stretch;
  const wall = wallTime((at + offset) * 1_000);
  if (at >= end - (offset - after)) return { clock: "first-copy", note: `first ${wall} of two` };
  if (at < start + (before - offset)) return { clock: "second-copy", note: `second ${wall} of two` };
  const note = at === start ? standsFor(rule, stretch) : undefined;
  if (note !== undefined) return { clock: "moved", note };
  const isSameDay = (other: number): boolean => dayOf(other + offset) === dayOf(at + offset);
  const isChangeDay = (before !== offset && isSameDay(start)) || (after !== offset && isSameDay(end - 1));
  return isChangeDay ? { clock: "change-day", note: "clocks change this day" } : {};
};

const dayOf = (wallSecond: number): string => wallDate(wallSecond * 1_000);

/** The times in a gap that an occurrence right after it stands for. */
const standsFor = (rule: Rule, { start, offset, before }: Stretch): string | undefined => {
  if (!isOnTheWall(rule) || offset <= before || rule.dst.gap === "skip") return undefined;
  const times = touchedTimes(rule, { at: start * 1_000, before: before * 1_000, after: offset * 1_000 });
  if (times === undefined) return undefined;
  return `${times.count === 1 ? "moved from" : "stands for"} ${timesText(times)}`;
};
