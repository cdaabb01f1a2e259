import { cron } from "../cron/cron.ts";
import type { CronRule } from "../cron/cron-rule.ts";
import type { Rule } from "../rule.ts";

export const isCron = (rule: Rule): rule is CronRule => "withDst" in rule;

/** Whether a rule is read on a wall clock, so that changes of the clocks can touch it. A rate is not. */
export const isOnTheWall = (rule: Rule): rule is CronRule => isCron(rule) && rule.dialect !== "aws-rate";

/** The same rule on a wall whose clocks never change: due at each of its wall-clock times, read as UTC. */
export const onPlainWall = ({ text }: CronRule): CronRule => cron(text, "UTC", { allowNever: true });

/** Whether changes of its zone's clocks matter to a rule: a combined one may have parts that are read on a wall. */
export const goesByClocks = (rule: Rule): rule is Rule & { readonly zone: string } =>
  rule.zone !== undefined && (isOnTheWall(rule) || !isCron(rule));
