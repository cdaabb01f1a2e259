import { describeValue } from "../../describe-value.ts";
import { DefinitionError } from "../../errors.ts";
import { jsonHash } from "../../json.ts";
import type { Rule } from "../rule.ts";
import { dayOf } from "./instant.ts";
import { limited } from "./part.ts";
import { type Timeline, timelineOf } from "./zone.ts";

export interface Exclusions {
  /** Whole local days, such as `"2027-12-25"`. */
  readonly dates?: readonly string[];
  /** The zone whose days they are. Default: the rule's own, else UTC. */
  readonly zone?: string;
  /** True for an instant at which nothing is to run. */
  readonly calendar?: (instant: Date) => boolean;
}

/** More than a week of seconds. A calendar that excludes more in a row is taken to exclude everything. */
const maxSkippedDays = 1_000_000;

/**
 * Due when the rule is, but not on the dates and not where the calendar says so.
 * `next` throws when the calendar leaves nothing over, so that a schedule does not end silently.
 * @throws DefinitionError when a date is not one of the calendar, or the zone is unknown.
 */
export const except = (rule: Rule, { dates = [], zone = rule.zone ?? "UTC", calendar }: Exclusions): Rule => {
  const days = new Set(dates.map(parseDay));
  const excluded = { days, timeline: timelineOf(zone), calendar };
  const next = (after: Date): Date | undefined => {
    let due = rule.next(after);
    for (let tries = 0; due !== undefined; tries += 1) {
      const excludedUntil = endOfExclusion(due, excluded);
      if (excludedUntil === undefined) {
        return due;
      }
      if (tries === maxSkippedDays) {
        throw new DefinitionError("calendar", {
          expected: `a gap, but it excludes ${maxSkippedDays} instants up to ${due.toISOString()}`,
        });
      }
      due = rule.next(excludedUntil);
    }
    return undefined;
  };
  const keeps = (at: Date): boolean => endOfExclusion(at, excluded) === undefined;
  const dated = exceptDates(dates, zone === (rule.zone ?? "UTC") ? undefined : zone);
  const exceptions = [...dated, ...(calendar ? ["by calendar"] : [])].join(", ");
  return limited(rule, { words: exceptions && `except ${exceptions}`, keeps }, next);
};

interface Excluded {
  readonly days: ReadonlySet<number>;
  readonly timeline: Timeline;
  readonly calendar: Exclusions["calendar"];
}

const daySeconds = 86_400;

/** The instant after which to search again, if this one is excluded: a day is left in one step, however often the rule is due. */
const endOfExclusion = (due: Date, { days, timeline, calendar }: Excluded): Date | undefined => {
  const second = Math.floor(due.getTime() / 1_000);
  const { offset, end } = timeline.at(second);
  const day = Math.floor((second + offset) / daySeconds);
  if (days.has(day)) {
    return new Date(Math.min((day + 1) * daySeconds - offset, end) * 1_000 - 1);
  }
  return calendar?.(due) ? due : undefined;
};

const parseDay = (date: string): number => {
  const day = dayOf(date);
  if (day === undefined) {
    throw new DefinitionError("dates", { expected: 'a date such as "2027-12-25"', got: describeValue(date) });
  }
  return day;
};

/**
 * The first few by name, since the line has to fit on a screen, and a hash of all, so that another choice of dates is
 * another line. In order: the same dates are the same line.
 */
const exceptDates = (dates: readonly string[], zone: string | undefined): readonly string[] => {
  const all = [...new Set(dates)].sort();
  if (all.length === 0) return [];
  const [named, more] = [all.slice(0, maxNamed), all.length - maxNamed];
  const hash = jsonHash(JSON.stringify(all)).slice(0, 8);
  const rest = more > 0 ? [`${more} more ${more === 1 ? "date" : "dates"} #${hash}`] : [];
  return [[...named, ...rest].join(", ") + (zone === undefined ? "" : ` in ${zone}`)];
};

const maxNamed = 3;
