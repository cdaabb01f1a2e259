import { modules } from "#jobs";
import { registryOf } from "../shared/core/jobs/registry.ts";

/** The jobs and schedules of this deployment: the one place that imports them. */
export const registry = registryOf(modules);
