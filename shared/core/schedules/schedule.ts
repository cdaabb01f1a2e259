import { DefinitionError } from "../errors.ts";
import type { InputAndOptions, Job } from "../jobs/job.ts";
import { checkName } from "../jobs/name.ts";
import { isCron } from "../rules/cron/cron-rule.ts";
import type { DstChoice } from "../rules/cron/dst.ts";
import { checkRule, type Rule } from "../rules/rule.ts";
import { checkJob } from "../runs/enqueue-options.ts";
import { type SchedulePolicy, schedulePolicy } from "./policy.ts";
import type { PolicyOptions } from "./policy-options.ts";

export interface ScheduleOptions extends PolicyOptions {
  /** Default: the job's name. A job with two schedules must name them. */
  readonly name?: string;
  /** What a cron rule does with times that the clocks jump over or show twice. Default by dialect, see `cron`. */
  readonly dst?: DstChoice;
}

/** Marks what `schedule` returns, in every copy of this module. */
const scheduleBrand: unique symbol = Symbol.for("millrace.schedule");

/** When, which job, with what input, and what to do when time does not run as planned. Inert data, made by `schedule`. */
export interface Schedule {
  readonly [scheduleBrand]: true;
  readonly name: string;
  readonly rule: Rule;
  readonly job: Job;
  /** As sent, not as the schema makes of it. */
  readonly input: unknown;
  readonly policy: SchedulePolicy;
}

/**
 * Put a job on a schedule. The input is checked against the job's schema when the pipeline starts.
 * @throws DefinitionError naming the option that cannot be right.
 */
export const schedule = <Sent>(
  rule: Rule,
  job: Job<Sent>,
  ...[input, options = {}]: InputAndOptions<Sent, ScheduleOptions>
): Schedule => {
  checkJob(job);
  const name = options.name ?? job.name;
  checkName(name, "schedule");
  checkRule(rule, `schedule "${name}": rule`);
  return {
    [scheduleBrand]: true,
    name,
    rule: withDst(name, rule, options.dst),
    job,
    input,
    policy: schedulePolicy(options),
  };
};

export const isSchedule = (value: unknown): value is Schedule =>
  typeof value === "object" && value !== null && scheduleBrand in value;

const withDst = (name: string, rule: Rule, dst: DstChoice | undefined): Rule => {
  if (dst === undefined) return rule;
  if (isCron(rule)) return rule.withDst(dst);
  throw new DefinitionError(`schedule "${name}": dst`, {
    expected: "a rule made by cron()",
    got: `"${rule.text}"`,
    remedy: "give each cron() its own dst before combining them",
  });
};
