import { jobs } from "../jobs/index.ts";
import { schedules } from "../jobs/schedules.ts";
import { defineRegistry } from "../shared/core/jobs/registry.ts";

/** The jobs and schedules of this deployment: the one place that imports `jobs/`. */
export const registry = defineRegistry(jobs, schedules);
