import { defineJob } from "millrace";

/** Proves that the pipeline is running, and measures how late it is. */
export const heartbeat = defineJob({
  name: "heartbeat",
  priority: "critical",
  timeout: "10 seconds",
  retry: { attempts: 1 },
  run: ({ run }) => ({ latenessMs: Date.now() - run.dueAt.getTime() }),
});
