/** Everything that a file in `jobs/` may import. */

export type { Duration } from "./core/duration.ts";
export { FatalError, RetryAfterError } from "./core/errors.ts";
export { defineJob, type Job, type JobContext } from "./core/jobs/job.ts";
export { type JobRef, type JobRefOptions, jobRef } from "./core/jobs/job-ref.ts";
export { anyOf, between } from "./core/rules/cron/combine.ts";
export { cron } from "./core/rules/cron/cron.ts";
export { except } from "./core/rules/cron/except.ts";
export { at, every, type Rule } from "./core/rules/rule.ts";
export { type Schedule, schedule } from "./core/schedules/schedule.ts";
export { dataFile } from "./data-file.ts";
