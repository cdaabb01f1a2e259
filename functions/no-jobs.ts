import type { JobModule } from "../shared/core/jobs/registry.ts";

/** Stands for the jobs of a project, which replace it when the functions are bundled. See infra/jobs-module.ts. */
export const modules: readonly JobModule[] = [];
