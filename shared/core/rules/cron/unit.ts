import { DefinitionError } from "../../errors.ts";

/** What one field of a cron expression may hold. */
export interface Unit {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** The last value of `*`, where it is not `max`: Sunday may be written 7 but is counted once, as 0. */
  readonly top?: number;
  /** Words for the values from `min` on. */
  readonly names?: readonly string[];
  /** What SUN stands for at the end of a range, so that people can write FRI-SUN. */
  readonly lastSunday?: number;
}

/** One field of one expression, with what an error has to quote. */
export interface Field {
  readonly unit: Unit;
  readonly text: string;
  readonly expression: string;
  /** Whether a range may run past the field's end and on from its start, as in AWS's and Quartz's dialect. */
  readonly wraps?: boolean;
}

const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

export const units = {
  second: { name: "second", min: 0, max: 59 },
  minute: { name: "minute", min: 0, max: 59 },
  hour: { name: "hour", min: 0, max: 23 },
  dayOfMonth: { name: "day of month", min: 1, max: 31 },
  month: { name: "month", min: 1, max: 12, names: monthNames },
  dayOfWeek: { name: "day of week", min: 0, max: 7, top: 6, names: weekdayNames, lastSunday: 7 },
  /** AWS counts from Sunday = 1. */
  dayOfWeekAws: { name: "day of week", min: 1, max: 7, names: weekdayNames },
  year: { name: "year", min: 1970, max: 2199 },
} as const satisfies Record<string, Unit>;

/** The values a unit takes, in words: `1 to 12 or JAN to DEC`. */
export const rangeOf = ({ min, max, names }: Unit): string =>
  names ? `${min} to ${max} or ${names[0]} to ${names.at(-1)}` : `${min} to ${max}`;

export const wrong = ({ unit, expression }: Field, expected: string, got: string): DefinitionError =>
  new DefinitionError(`cron ${unit.name}`, { expected, got: `"${got}" in "${expression}"` });
