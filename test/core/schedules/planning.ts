import type { Rule } from "../../../shared/core/rules/rule.ts";
import { type Plan, plan } from "../../../shared/core/schedules/plan.ts";
import { schedulePolicy } from "../../../shared/core/schedules/policy.ts";
import type { PolicyOptions } from "../../../shared/core/schedules/policy-options.ts";
import { lookAhead } from "./dispatching.ts";

/** A row of a schedule with some policy. */
export const row = (options: PolicyOptions, nextFireAt: number | undefined, lastFiredAt?: number) => ({
  nextFireAt,
  lastFiredAt,
  policy: schedulePolicy(options),
});

export const planAt = (rule: Rule, options: PolicyOptions, nextFireAt: number | undefined, time: number) =>
  plan(row(options, nextFireAt), rule, { now: time, until: time + lookAhead });

/** The plans of one tick, the next taking up where the one before ended. */
export const plansAt = (
  rule: Rule,
  options: PolicyOptions,
  nextFireAt: number,
  time: number,
): readonly Plan[] => {
  const plans: Plan[] = [];
  let [next, last]: [number | undefined, number | undefined] = [nextFireAt, undefined];
  do {
    const planned = plan(row(options, next, last), rule, { now: time, until: time + lookAhead });
    plans.push(planned);
    [next, last] = [planned.nextFireAt, planned.lastFiredAt];
  } while (next !== undefined && next <= time + lookAhead);
  return plans;
};

export const missed = (from: number, to: number, count: number) => ({
  from,
  to,
  count,
  reason: "missed: the pipeline was not running",
});
