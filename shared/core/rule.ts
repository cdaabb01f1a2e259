import { type Duration, durationMs } from "./duration.ts";
import { DefinitionError } from "./errors.ts";

/** When a schedule is due. Any value with these two members is a rule. */
export interface Rule {
  /** The rule in one line, as an operator should see it: `every 30 seconds`. */
  readonly text: string;
  /** The first due instant strictly after `after`, or undefined when there is none. Whole seconds. */
  next(after: Date): Date | undefined;
}

const secondMs = 1_000;

/**
 * Due at every whole multiple of the interval since 1970 in UTC, so that `every("30 seconds")` is due at :00 and :30
 * of each minute, on every machine, after every deploy.
 * @throws DefinitionError when the interval is not a whole number of seconds, at least one.
 */
export const every = (interval: Duration): Rule => {
  const ms = durationMs(interval, "every");
  if (ms < secondMs || ms % secondMs !== 0) {
    throw new DefinitionError("every", `expected whole seconds, at least 1, got "${interval}"`);
  }
  return {
    text: `every ${interval}`,
    next: (after) => new Date((Math.floor(after.getTime() / ms) + 1) * ms),
  };
};

/**
 * Due once. Parts of a second are cut off.
 * @throws DefinitionError when the text is not an instant with a zone, such as `"2027-01-01T00:00:00Z"`.
 */
export const at = (instant: string | Date): Rule => {
  const ms = instant instanceof Date ? instant.getTime() : parseInstant(instant);
  const due = new Date(Math.floor(ms / secondMs) * secondMs);
  return { text: `at ${due.toISOString()}`, next: (after) => (due > after ? due : undefined) };
};

const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

const parseInstant = (text: string): number => {
  const ms = zoned.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new DefinitionError(
      "at",
      `expected an instant with its offset, such as "2027-01-01T00:00:00Z", got ${JSON.stringify(text).slice(0, 64)}`,
    );
  }
  return ms;
};
