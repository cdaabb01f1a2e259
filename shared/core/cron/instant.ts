import { DefinitionError } from "../errors.ts";

const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * An instant in milliseconds, cut to the whole second: rules know nothing finer.
 * @throws DefinitionError that names `field` when a text has no offset, since it would mean another instant on each machine.
 */
export const wholeSecondMs = (instant: Date | string, field: string): number => {
  const ms =
    instant instanceof Date ? instant.getTime() : zoned.test(instant) ? Date.parse(instant) : Number.NaN;
  if (Number.isNaN(ms)) {
    const got = instant instanceof Date ? "an invalid Date" : JSON.stringify(instant.slice(0, 64));
    throw new DefinitionError(
      field,
      `expected an instant with its offset, such as "2027-01-01T00:00:00Z", got ${got}`,
    );
  }
  return Math.floor(ms / 1_000) * 1_000;
};

/** An instant as rules write it: `2027-01-01T00:00:00Z`. */
export const instantText = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");
