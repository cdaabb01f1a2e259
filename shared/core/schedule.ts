import { checkName, type InputAndOptions, type Job } from "./job.ts";
import type { Rule } from "./rule.ts";

export interface ScheduleOptions {
  /** Default: the job's name. A job with two schedules must name them. */
  readonly name?: string;
  /** What becomes of occurrences missed while the pipeline stood still. Default `"latest"`. */
  readonly catchUp?: CatchUp;
}

/** `none` skips them, `latest` runs the newest of them, `all` runs each. Whatever does not run is in the ledger. */
export type CatchUp = "none" | "latest" | "all";

/** When, which job, with what input. Inert data, made by `schedule`. */
export interface Schedule {
  readonly name: string;
  readonly rule: Rule;
  readonly job: Job;
  /** As sent, not as the schema makes of it. */
  readonly input: unknown;
  readonly catchUp: CatchUp;
}

/**
 * Put a job on a schedule. The input is checked against the job's schema when the pipeline starts.
 * @throws DefinitionError when the name cannot name a schedule.
 */
export const schedule = <Sent>(
  rule: Rule,
  job: Job<Sent>,
  ...[input, options]: InputAndOptions<Sent, ScheduleOptions>
): Schedule => {
  const name = options?.name ?? job.name;
  checkName(name, "schedule");
  return { name, rule, job, input, catchUp: options?.catchUp ?? "latest" };
};
