import { DefinitionError } from "../../errors.ts";
import { nextMultiple } from "./interval.ts";

const unitMs = new Map([
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
]);

/** What AWS's `rate(5 minutes)` means. */
export interface Rate {
  /** `5 minutes`. */
  readonly interval: string;
  readonly next: (after: Date) => Date;
}

/**
 * AWS counts from the creation of a schedule; ours counts from 1970 in UTC, as `every` does, so that a deploy or a second
 * machine changes nothing.
 * @throws DefinitionError for a unit AWS does not know, or a plural that does not fit the number, as AWS does.
 */
export const parseRate = (text: string): Rate => {
  const [, count = "", unit = "", plural = ""] = /^rate\((\d{1,6}) (minute|hour|day)(s?)\)$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs.get(unit) ?? 0);
  if (ms === 0 || (Number(count) === 1) !== (plural === "")) {
    const shape = "rate(1 minute) or rate(5 minutes), in minutes, hours or days";
    throw new DefinitionError("rate", { expected: shape, got: `"${text}"` });
  }
  return { interval: `${count} ${unit}${plural}`, next: (after) => nextMultiple(after, { ms, anchorMs: 0 }) };
};
