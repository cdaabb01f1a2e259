import type { Registry } from "../shared/core/jobs/registry.ts";
import { CliError } from "./problem.ts";

/**
 * Loads the jobs and schedules of the project that the command was called in.
 * @param jobs the folder or module that `--jobs` names
 * @throws CliError that names the file which cannot be loaded
 */
export const loadJobs = async (jobs?: string): Promise<Registry> => {
  const [{ findProject }, { loadRegistry }] = await Promise.all([
    import("../infra/project.ts"),
    import("../infra/load-registry.ts"),
  ]);
  try {
    return await loadRegistry(findProject({ from: process.cwd(), jobs }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError("jobs-not-loaded", message, { cause: error });
  }
};
