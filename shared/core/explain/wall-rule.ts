import { cron } from "../cron/cron.ts";
import { type CronRule, isCron, isOnTheWall } from "../cron/cron-rule.ts";
import type { Rule } from "../rule.ts";

/** The same rule on a wall whose clocks never change: due at each of its wall-clock times, read as UTC. */
export const onPlainWall = ({ text }: CronRule): CronRule => cron(text, "UTC", { allowNever: true });

/** Whether changes of its zone's clocks matter to a rule: a combined one may have parts that are read on a wall. */
export const goesByClocks = (rule: Rule): rule is Rule & { readonly zone: string } =>
  rule.zone !== undefined && (isOnTheWall(rule) || !isCron(rule));
