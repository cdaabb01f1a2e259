import type { PipelineEnv } from "../../shared/aws/env.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import type { Log } from "../../shared/core/jobs/job.ts";
import type { Ports } from "../../shared/ports/index.ts";

/** Logs only warnings and errors. */
export const quietLog: Log = {
  debug: () => {},
  info: () => {},
  warn: (message, facts) => console.error(message, facts),
  error: (message, facts) => console.error(message, facts),
};

/** Creates ports like those of a function, on the servers that `env` names. */
export const portsOf = (names: PipelineEnv, env: Readonly<Record<string, string>>): Ports => {
  Object.assign(process.env, env);
  return createPorts(names, { log: quietLog, environmentId: `bench-${process.pid}` });
};
