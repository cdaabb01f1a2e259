import { withoutUndefined } from "../../without-undefined.ts";
import { timelineOf } from "../cron/zone.ts";

/** An instant as a wall clock of some zone shows it. */
export interface LocalTime {
  /** `2026-03-08 03:00:00`. */
  readonly local: string;
  /** `Sun`. */
  readonly weekday: string;
  /** `-04:00`. */
  readonly offset: string;
  /** `EDT`, where English has a short name for it. */
  readonly abbreviation?: string;
}

/** Reads instants on the clocks of a zone. */
export const localClock = (zone: string): ((ms: number) => LocalTime) => {
  const timeline = timelineOf(zone);
  const abbreviationAt = abbreviationsOf(zone);
  return (ms) => {
    const { offset } = timeline.at(Math.floor(ms / 1_000));
    const wallMs = ms + offset * 1_000;
    const abbreviation = abbreviationAt(ms);
    return withoutUndefined({
      local: `${wallDate(wallMs)} ${new Date(wallMs).toISOString().slice(11, 19)}`,
      weekday: weekdayOf(wallMs),
      offset: offsetText(offset),
      abbreviation,
    });
  };
};

/** A wall clock's time in milliseconds since its own 1970, as `2026-03-08`. */
export const wallDate = (wallMs: number): string => new Date(wallMs).toISOString().slice(0, 10);

/** `02:30`, or `02:30:15`. */
export const wallTime = (wallMs: number): string => {
  const text = new Date(wallMs).toISOString().slice(11, 19);
  return text.endsWith(":00") ? text.slice(0, 5) : text;
};

/** `Sun`. */
export const weekdayOf = (wallMs: number): string => new Date(wallMs).toUTCString().slice(0, 3);

const offsetText = (seconds: number): string => {
  const size = new Date(Math.abs(seconds) * 1_000).toISOString().slice(11, 19);
  return `${seconds < 0 ? "-" : "+"}${size.endsWith(":00") ? size.slice(0, 5) : size}`;
};

/** Each of them knows the names of its own part of the world, and writes `GMT+2` for the rest. */
const englishes = ["en-US", "en-GB", "en-AU"];

const abbreviationsOf = (zone: string): ((ms: number) => string | undefined) => {
  const formats = englishes.map(
    (locale) => new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "short" }),
  );
  return (ms) =>
    formats
      .map((format) => format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value)
      .find((name) => name !== undefined && !/^GMT[+-]/.test(name));
};
