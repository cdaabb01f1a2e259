import { cron } from "../cron/cron.ts";
import { type CronRule, isCron, isOnTheWall } from "../cron/cron-rule.ts";
import type { Rule } from "../rule.ts";

/** The same rule on a wall whose clocks never change: due at each of its wall-clock times, read as UTC. */
export const onPlainWall = ({ text }: CronRule): CronRule => cron(text, "UTC", { allowNever: true });

/** The rules that a combined one is made of in the end. Any other rule is its only part. */
export const leavesOf = (rule: Rule): readonly Rule[] => rule.parts?.flatMap(leavesOf) ?? [rule];

type ClockRule = Rule & { readonly zone: string };

/** A rule, alone or in a combined one, to which changes of its zone's clocks matter. */
export interface ClockPart {
  readonly rule: ClockRule;
  /** Whether the rules around it let it be due at an instant. */
  readonly keeps: (at: number) => boolean;
}

export const clockPartsOf = (rule: Rule): readonly ClockPart[] => {
  if (!rule.parts) return goesByClocks(rule) ? [{ rule, keeps: () => true }] : [];
  const parts = rule.parts.flatMap(clockPartsOf);
  const { limits } = rule;
  if (!limits) return parts;
  return parts.map(({ rule, keeps }) => ({ rule, keeps: (at) => keeps(at) && limits.keeps(new Date(at)) }));
};

/** A rate has a zone but does not use it. How a user-defined rule uses its zone is unknown. */
const goesByClocks = (rule: Rule): rule is ClockRule =>
  rule.zone !== undefined && (isOnTheWall(rule) || !isCron(rule));

/** The zones by whose clocks a rule goes, each once. */
export const zonesOf = (rule: Rule): readonly string[] => [
  ...new Set(clockPartsOf(rule).map(({ rule }) => rule.zone)),
];
