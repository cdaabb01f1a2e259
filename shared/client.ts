/** Enqueue from other code in the account: a web server, a script, a function of one's own. */
import { NotFoundError } from "./core/errors.ts";
import type { EnqueueOptions, InputAndOptions, Job, Log } from "./core/jobs/job.ts";
import {
  type Enqueued,
  type EnqueuePorts,
  enqueueMany as enqueueAll,
  enqueue as enqueueOne,
} from "./pipeline/enqueue/enqueue.ts";

/** One run of many. Its input is checked against its own job when it is compiled. */
export interface Request<Sent> {
  readonly job: Job<Sent>;
  readonly input: NoInfer<Sent>;
  readonly options?: EnqueueOptions;
}

export interface Client {
  /**
   * Enqueue one run. Once this returns, the run reaches a terminal state. The answer for a key that was used before has
   * the state of that run: one that is `dead` is not started again, see docs/messages.md.
   * @throws InvalidInputError, DefinitionError before anything is written; ConflictError when the key was used before
   * with another input.
   */
  enqueue<Sent>(job: Job<Sent>, ...rest: InputAndOptions<Sent, EnqueueOptions>): Promise<Enqueued>;
  /**
   * Enqueue many runs in few requests. Each answer, in order, stands for itself: an error is the answer to its own
   * request.
   * @throws InvalidInputError, DefinitionError if any request is not valid, with its index; then nothing is written.
   */
  enqueueMany<Sents extends readonly unknown[]>(
    requests: readonly [...{ [I in keyof Sents]: Request<Sents[I]> }],
  ): Promise<readonly (Enqueued | Error)[]>;
}

/** @param connect asked once, by the first call, and again only after it failed */
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
 * The pipeline that the MILLRACE_* variables describe, or the stage that MILLRACE_STAGE alone names: as the CLI chooses,
 * without a command line and without `.millrace/env`, which is read by `node --env-file`.
 */
const fromEnvironment = async (): Promise<EnqueuePorts> => {
  const { env } = process;
  const { locatePipeline } = await import("./aws/locate-pipeline.ts");
  const location = locatePipeline({ env });
  if (!location) {
    throw new NotFoundError(
      "no pipeline is named: set MILLRACE_STAGE to a deployed stage, or start with node --env-file=.millrace/env for that of npm start",
    );
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

/** Only what somebody should look at. */
const onConsole: Log = { debug: silent, info: silent, warn: console.warn, error: console.error };

export const { enqueue, enqueueMany } = createClient(fromEnvironment);
