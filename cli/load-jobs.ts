import type { Registry } from "../shared/core/jobs/registry.ts";
import { CliError } from "./problem.ts";

/**
 * Loads the jobs and schedules of this project.
 * @throws CliError that names the file which cannot be loaded
 */
export const loadJobs = async (): Promise<Registry> => {
  const { loadRegistry } = await import("../functions/load-registry.ts");
  return await loadRegistry().catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError("jobs-not-loaded", message, { cause: error });
  });
};
