/** All that a file in `jobs/` may import. */
export { anyOf, between } from "./core/cron/combine.ts";
export { cron } from "./core/cron/cron.ts";
export { except } from "./core/cron/except.ts";
export type { Duration } from "./core/duration.ts";
export { FatalError, RetryAfterError } from "./core/errors.ts";
export { defineJob, type Job, type JobContext } from "./core/job.ts";
export { at, every, type Rule } from "./core/rule.ts";
export { type Schedule, schedule } from "./core/schedule.ts";
export { dataFile } from "./data-file.ts";
