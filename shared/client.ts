/** Enqueue from other code in the account: a web server, a script, your own function. */
import { NotFoundError } from "./core/errors.ts";
import type { Log } from "./core/jobs/job.ts";
import { createClient, replaceable } from "./pipeline/enqueue/client.ts";
import type { EnqueuePorts } from "./pipeline/enqueue/enqueue.ts";

export { type JobRef, type JobRefOptions, jobRef } from "./core/jobs/job-ref.ts";

export { type Client, createClient, type Request } from "./pipeline/enqueue/client.ts";

/**
 * Connect to the pipeline that the MILLRACE_* variables describe, or to the stage that MILLRACE_STAGE names. This is
 * how the CLI selects a pipeline, without a command line and without `.millrace/env`, which `node --env-file` reads.
 */
const fromEnvironment = async (): Promise<EnqueuePorts> => {
  const { env } = process;
  const { locatePipeline } = await import("./aws/locate-pipeline.ts");
  const location = locatePipeline({ env });
  if (!location) {
    throw new NotFoundError({
      kind: "pipeline",
      reason: "no environment variable selects one",
      expected: "a pipeline that the environment selects",
      remedy:
        "set MILLRACE_STAGE to a deployed stage, or start with node --env-file=.millrace/env to use the one of millrace dev",
    });
  }
  const { createSenderPorts } = await import("./aws/ports.ts");
  const options = { log: onConsole, environmentId: `client-${process.pid}` };
  if (location.kind === "stage") {
    const { resolveSender } = await import("./aws/resolve.ts");
    return createSenderPorts(await resolveSender(location.stage), options);
  }
  const { readEnv, senderEnv } = await import("./aws/env.ts");
  return createSenderPorts(readEnv(senderEnv, env), options);
};

const silent = (): void => undefined;

/** Logs only warnings and errors. */
const onConsole: Log = { debug: silent, info: silent, warn: console.warn, error: console.error };

export const { enqueue, enqueueMany } = replaceable(createClient(fromEnvironment));
