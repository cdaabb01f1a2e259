import { describeValue } from "../../describe-value.ts";
import { DefinitionError } from "../../errors.ts";

const zoned = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * An instant in milliseconds, cut to the whole second: rules know nothing finer.
 * @throws DefinitionError that names `field` when a text has no offset, since it would mean another instant on each machine.
 */
export const wholeSecondMs = (instant: Date | string, field: string): number => {
  const ms = instant instanceof Date ? instant.getTime() : parseMs(instant);
  if (Number.isNaN(ms)) {
    const got = instant instanceof Date ? "an invalid Date" : describeValue(instant);
    throw new DefinitionError(field, {
      expected: 'an instant with its offset, such as "2027-01-01T00:00:00Z"',
      got,
    });
  }
  return Math.floor(ms / 1_000) * 1_000;
};

const parseMs = (text: string): number => {
  const [, date = ""] = zoned.exec(text) ?? [];
  return dayOf(date) === undefined ? Number.NaN : Date.parse(text);
};

/** The days from 1970-01-01 to a date. Date.parse alone would take 30 February for 2 March. */
export const dayOf = (date: string): number | undefined => {
  const ms = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(date) : Number.NaN;
  const isReal = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
  return isReal ? ms / 86_400_000 : undefined;
};
