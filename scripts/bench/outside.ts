import { createClients } from "../../shared/aws/clients.ts";
import type { PipelineEnv } from "../../shared/aws/env.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import type { Log } from "../../shared/core/job.ts";
import type { Ports } from "../../shared/ports.ts";

/** Says what goes wrong, and no more. */
export const quietLog: Log = {
  debug: () => {},
  info: () => {},
  warn: (message, facts) => console.error(message, facts),
  error: (message, facts) => console.error(message, facts),
};

/** Clients as the functions have them, for the servers that `env` names. */
export const clientsOf = (env: Readonly<Record<string, string>>) => {
  Object.assign(process.env, env);
  return createClients();
};

export const portsOf = (names: PipelineEnv, env: Readonly<Record<string, string>>): Ports =>
  createPorts(names, { log: quietLog, environmentId: `bench-${process.pid}`, clients: clientsOf(env) });
