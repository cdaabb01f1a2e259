import { DefinitionError } from "../../errors.ts";
import { checkRule, type Rule } from "../rule.ts";
import { wholeSecondMs } from "./instant.ts";
import { limited, partLine } from "./part.ts";

export interface Bounds {
  /** The first instant that counts: a date, or a text with its offset. */
  readonly start?: Date | string;
  /** The first instant that no longer counts. */
  readonly end?: Date | string;
}

/**
 * Due when the rule is, from `start` until just before `end`.
 * @throws DefinitionError when a bound is not an instant, or nothing lies between them.
 */
export const between = (rule: Rule, { start, end }: Bounds): Rule => {
  const startMs = start === undefined ? Number.NEGATIVE_INFINITY : wholeSecondMs(start, "start");
  const endMs = end === undefined ? Number.POSITIVE_INFINITY : wholeSecondMs(end, "end");
  if (startMs >= endMs) {
    throw new DefinitionError("end", {
      expected: `an instant after the start ${iso(startMs)}`,
      got: iso(endMs),
    });
  }
  const words = [
    ...(start === undefined ? [] : [`from ${iso(startMs)}`]),
    ...(end === undefined ? [] : [`until ${iso(endMs)}`]),
  ].join(" ");
  const keeps = (at: Date): boolean => at.getTime() >= startMs && at.getTime() < endMs;
  return limited(rule, { words, keeps }, (after) => {
    const due = rule.next(new Date(Math.max(after.getTime(), startMs - 1)));
    return due && keeps(due) ? due : undefined;
  });
};

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * Due when any of the rules is; at an instant when several are, once.
 * @throws DefinitionError when there is no rule.
 */
export const anyOf = (...rules: readonly Rule[]): Rule => {
  if (rules.length === 0) {
    throw new DefinitionError("anyOf", { expected: "at least one rule", got: "none" });
  }
  for (const rule of rules) checkRule(rule, "anyOf");
  return {
    text: rules.map(partLine).join(" or "),
    isFixedDelay: rules.some(({ isFixedDelay }) => isFixedDelay),
    parts: rules,
    next: (after) =>
      rules
        .map((rule) => rule.next(after))
        .reduce((first, due) => (first === undefined || (due !== undefined && due < first) ? due : first)),
  };
};
