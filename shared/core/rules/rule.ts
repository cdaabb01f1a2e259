import { describeValue } from "../describe-value.ts";
import { type Duration, durationMs } from "../duration.ts";
import { DefinitionError } from "../errors.ts";
import type { DstPolicy } from "./cron/dst.ts";
import { wholeSecondMs } from "./cron/instant.ts";
import { afterInterval, nextMultiple } from "./cron/interval.ts";

/** When a schedule is due. Any value with `text` and `next` is a rule. */
export interface Rule {
  /** The rule in one line, as an operator should see it: `every 30 seconds`. */
  readonly text: string;
  /** The IANA zone whose clocks and days the rule goes by, if it does. */
  readonly zone?: string | undefined;
  /** What the rule does with times that the clocks jump over or show twice, if it has a choice. */
  readonly dst?: DstPolicy;
  /** True when each instant is measured from the one before: an instant alone does not show whether it is due. */
  readonly isFixedDelay?: boolean | undefined;
  /** Of a combined rule: the rules it was made of. For people's eyes, `next` alone decides. */
  readonly parts?: readonly Rule[];
  /** What a combined rule leaves out of its part. */
  readonly limits?: Limits;
  /** The first due instant strictly after `after`, or undefined when there is none. Whole seconds. */
  next(after: Date): Date | undefined;
}

export interface Limits {
  /** `from 2026-12-01T00:00:00.000Z`. Other limits have other words, unless a function makes the difference. */
  readonly words: string;
  keeps(instant: Date): boolean;
}

export interface EveryOptions {
  /**
   * An instant the rule goes through, on whichever side of it: it sets the phase, `between` sets a start. Default: 1970 in UTC.
   * `"fixed-delay"` counts each interval from when the previous occurrence was sent: after an outage the rhythm restarts.
   */
  readonly anchor?: Date | string;
}

const secondMs = 1_000;

/**
 * Due at every whole multiple of the interval since 1970 in UTC, so that `every("30 seconds")` is due at :00 and :30
 * of each minute, on every machine, after every deploy.
 * @throws DefinitionError when the interval is not a whole number of seconds, at least one, or the anchor not an instant.
 */
export const every = (interval: Duration, { anchor }: EveryOptions = {}): Rule => {
  const ms = durationMs(interval, "every");
  if (ms < secondMs || ms % secondMs !== 0) {
    throw new DefinitionError("every", { expected: "whole seconds, at least 1", got: `"${interval}"` });
  }
  if (anchor === "fixed-delay") {
    return {
      text: `every ${interval} fixed-delay`,
      isFixedDelay: true,
      next: (after) => afterInterval(after, ms),
    };
  }
  const anchorMs = anchor === undefined ? 0 : wholeSecondMs(anchor, "every anchor");
  const phase = anchor === undefined ? "" : ` anchored at ${new Date(anchorMs).toISOString()}`;
  return { text: `every ${interval}${phase}`, next: (after) => nextMultiple(after, { ms, anchorMs }) };
};

/**
 * Due once. Parts of a second are cut off.
 * @throws DefinitionError when the text is not an instant with a zone, such as `"2027-01-01T00:00:00Z"`.
 */
export const at = (instant: string | Date): Rule => {
  const due = new Date(wholeSecondMs(instant, "at"));
  return { text: `at ${due.toISOString()}`, next: (after) => (due > after ? due : undefined) };
};

/** @throws DefinitionError for what untyped code may take for a rule. */
export const checkRule = (rule: Rule, field: string): void => {
  if (typeof rule?.text === "string" && typeof rule.next === "function") return;
  const made = 'a rule made by every(), cron() or at(), or with a "text" and a "next" function of its own';
  throw new DefinitionError(field, { expected: made, got: describeValue(rule) });
};

/**
 * The rule in one line, with the zone it is read in: two rules that say the same are due at the same instants. The text of
 * a combined rule has the zones of its parts.
 */
export const ruleSignature = (rule: Rule): string =>
  rule.parts ? rule.text : [rule.text, ...zoneAndDst(rule)].join(" ");

const zoneAndDst = ({ zone, dst }: Rule): string[] => [
  ...(zone === undefined ? [] : [`(${zone})`]),
  ...(dst === undefined ? [] : [`[gap: ${dst.gap}, overlap: ${dst.overlap}]`]),
];
