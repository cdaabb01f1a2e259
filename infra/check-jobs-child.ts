/** The child process of check-jobs.ts: loads the jobs of a project and reports what is wrong with them, if anything. */
import { loadRegistry } from "./load-registry.ts";
import type { Project } from "./project.ts";

process.once("message", async (project: Project) => {
  const problem = await loadRegistry(project).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  process.send?.({ problem }, () => process.exit());
});
