import { checkZone } from "./zone-name.ts";

/** A stretch of real time in which a zone's clocks run evenly. In seconds since 1970, or seconds east of UTC. */
export interface Stretch {
  readonly start: number;
  /** The first second that is no longer in it. */
  readonly end: number;
  readonly offset: number;
  /** The offset just before `start`: less than `offset` where the clocks went forward, more where they went back. */
  readonly before: number;
  /** The offset from `end` on. */
  readonly after: number;
}

/** The stretches of one zone. */
export interface Timeline {
  readonly zone: string;
  at(second: number): Stretch;
}

/** Each distinct spelling of a zone costs a formatter, and operators' text decides the spelling: hence the limit. */
const maxZones = 1_000;
const timelines = new Map<string, Timeline>();

/**
 * The timeline of an IANA zone, from the time-zone data of the running Node, kept once made.
 * @throws DefinitionError that suggests the nearest zone when there is none of that name.
 */
export const timelineOf = (zone: string): Timeline => {
  const known = timelines.get(zone);
  if (known) {
    return known;
  }
  checkZone(zone);
  if (timelines.size >= maxZones) {
    timelines.clear();
  }
  const made = createTimeline(zone);
  timelines.set(zone, made);
  return made;
};

const createTimeline = (zone: string): Timeline => {
  const offsetAt = offsetsOf(zone);
  const years = new Map<number, readonly Stretch[]>();
  let latest: Stretch = { start: 0, end: 0, offset: 0, before: 0, after: 0 };
  const at = (second: number): Stretch => {
    if (second < latest.start || second >= latest.end) {
      const year = yearOf(second);
      const stretches = years.get(year) ?? stretchesOf(year, offsetAt);
      years.set(year, stretches);
      latest = stretches.reduce((found, stretch) => (stretch.start <= second ? stretch : found));
    }
    return latest;
  };
  return { zone, at };
};

type OffsetAt = (second: number) => number;

/** Intl is the only reader of time-zone data that Node has. It takes a microsecond a question, so it is asked seldom. */
const offsetsOf = (zone: string): OffsetAt => {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  return (second) => {
    const text = format.format(second * 1_000);
    return parseOffset(text.slice(text.indexOf("GMT") + "GMT".length));
  };
};

/** Seconds in `-05:00`, or `-00:44:30`, as some zones had it once. */
const parseOffset = (text: string): number => {
  const size = text
    .slice(1)
    .split(":")
    .reduce((sum, part, index) => sum + Number(part) * 60 ** (2 - index), 0);
  return text.startsWith("-") ? -size : size;
};

const daySeconds = 86_400;

/**
 * Years are cut at 27 November: no zone has changed its clocks on that day or the one before since 1970, so a cut never
 * falls into a gap or a repeated hour.
 */
const cutBeforeNewYear = 35 * daySeconds;
const yearStart = (year: number): number => Date.UTC(year, 0, 1) / 1_000 - cutBeforeNewYear;
const yearOf = (second: number): number => new Date((second + cutBeforeNewYear) * 1_000).getUTCFullYear();

const stretchesOf = (year: number, offsetAt: OffsetAt): readonly Stretch[] => {
  const end = yearStart(year + 1);
  const starts = [yearStart(year), ...changesIn(yearStart(year), { end, offsetAt })];
  return starts.map((start, index) => {
    const next = starts[index + 1] ?? end;
    return { start, end: next, offset: offsetAt(start), before: offsetAt(start - 1), after: offsetAt(next) };
  });
};

/** Since 1970 no zone has changed its clocks twice within 6.9 days: looking every five finds each change. */
const sampleSeconds = 5 * daySeconds;

const changesIn = (start: number, year: { readonly end: number; readonly offsetAt: OffsetAt }): number[] => {
  const changes: number[] = [];
  for (let from = start; from < year.end; from += sampleSeconds) {
    const until = Math.min(from + sampleSeconds, year.end);
    if (year.offsetAt(from) !== year.offsetAt(until)) {
      changes.push(changeBetween(from, { until, offsetAt: year.offsetAt }));
    }
  }
  return changes;
};

/** The second at which the offset becomes what it is at `until`, by halving. */
const changeBetween = (from: number, to: { readonly until: number; readonly offsetAt: OffsetAt }): number => {
  const old = to.offsetAt(from);
  let [before, after] = [from, to.until];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (to.offsetAt(middle) === old) {
      before = middle;
    } else {
      after = middle;
    }
  }
  return after;
};

/** The offset that a zone's clocks have when they show a local time: `+02:00`, or `Z` in UTC. */
export const localOffset = (local: string, zone: string): string => {
  const shown = Date.parse(`${local}Z`) / 1_000;
  if (zone === "UTC" || Number.isNaN(shown)) return "Z";
  const { at } = timelineOf(zone);
  const { offset } = at(shown - at(shown).offset);
  const minutes = Math.abs(Math.trunc(offset / 60));
  const part = (value: number): string => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${part(Math.floor(minutes / 60))}:${part(minutes % 60)}`;
};
