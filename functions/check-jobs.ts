/** The child process of infra/check-jobs.ts: loads `jobs/` and reports what is wrong with it, if anything. */
import { loadRegistry } from "./load-registry.ts";

const problem = await loadRegistry().then(
  () => null,
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
);
process.send?.({ problem }, () => process.exit());
