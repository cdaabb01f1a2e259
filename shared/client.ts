/** Enqueue from other code in the account: a web server, a script, your own function. */
import { NotFoundError } from "./core/errors.ts";
import type { EnqueueOptions, InputAndOptions, Job, Log } from "./core/jobs/job.ts";
import type { JobRef } from "./core/jobs/job-ref.ts";
import {
  type Enqueued,
  type EnqueuePorts,
  enqueueMany as enqueueAll,
  enqueue as enqueueOne,
} from "./pipeline/enqueue/enqueue.ts";

export { type JobRef, type JobRefOptions, jobRef } from "./core/jobs/job-ref.ts";

/** One request of many. The compiler checks its input against its own job. */
export interface Request<Sent> {
  readonly job: Job<Sent> | JobRef<Sent>;
  readonly input: NoInfer<Sent>;
  readonly options?: EnqueueOptions;
}

export interface Client {
  /**
   * Enqueue one run. Once this returns, the run reaches a terminal state. The answer for a key that was used before has
   * the state of that run: one that is `dead` is not started again, see docs/messages.md.
   * @throws InvalidInputError, DefinitionError before anything is written; ConflictError when the key was used before
   * with another input. The input of a job is validated here; that of a `jobRef` only by its worker.
   */
  enqueue<Sent>(
    job: Job<Sent> | JobRef<Sent>,
    ...rest: InputAndOptions<Sent, EnqueueOptions>
  ): Promise<Enqueued>;
  /**
   * Enqueue many runs in few requests. The answers are in order, and each may be an error.
   * @throws InvalidInputError, DefinitionError if any request is not valid, with its index; then nothing is written.
   */
  enqueueMany<Sents extends readonly unknown[]>(
    requests: readonly [...{ [I in keyof Sents]: Request<Sents[I]> }],
  ): Promise<readonly (Enqueued | Error)[]>;
}

/** Create a client. @param connect called by the first call of the client, and again only after it has failed */
export const createClient = (connect: () => Promise<EnqueuePorts>): Client => {
  let connected: Promise<EnqueuePorts> | undefined;
  const ports = (): Promise<EnqueuePorts> => {
    connected ??= connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
  return {
    enqueue: async (job, ...rest) => await enqueueOne(await ports(), job, ...rest),
    enqueueMany: async (requests) => await enqueueAll(await ports(), requests),
  };
};

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

export const { enqueue, enqueueMany } = createClient(fromEnvironment);
