import { describeValue } from "./describe-value.ts";
import { DefinitionError } from "./errors.ts";

const unitMs = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;

type Unit = keyof typeof unitMs;

/** A length of time as a person writes it: `"30 seconds"`, `"1 hour"`, `"1.5 days"`. */
export type Duration = `${number} ${Unit | `${Unit}s`}`;

/** A century: what is further away is almost certainly a typo, and soon no Date can hold it. */
const maxDays = 36_525;

export const maxDurationMs = maxDays * unitMs.day;

const pattern = /^(\d{1,15}(?:\.\d{1,6})?) (millisecond|second|minute|hour|day|week)s?$/;

/**
 * Milliseconds in a duration, rounded.
 * @throws DefinitionError that names `field` when the text is not a duration.
 */
export const durationMs = (text: Duration, field: string): number => {
  const match = typeof text === "string" ? pattern.exec(text) : null;
  const unit = match?.[2];
  if (!match || !isUnit(unit)) {
    throw new DefinitionError(field, {
      expected: 'a duration such as "30 seconds" or "1 hour"',
      got: describeValue(text),
    });
  }
  const ms = Math.round(Number(match[1]) * unitMs[unit]);
  if (ms > maxDurationMs) {
    throw new DefinitionError(field, { expected: `at most "${maxDays} days"`, got: `"${text}"` });
  }
  return ms;
};

/** The shortest exact words for a number of milliseconds: 90000 → `"90 seconds"`. */
export const durationText = (ms: number): string => {
  const units = Object.entries(unitMs).reverse();
  const [unit, size] = units.find(([, size]) => ms >= size && ms % size === 0) ?? ["millisecond", 1];
  const count = ms / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
};

const isUnit = (text: string | undefined): text is Unit => text !== undefined && Object.hasOwn(unitMs, text);
