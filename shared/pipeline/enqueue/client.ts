import type { EnqueueOptions, InputAndOptions, Job } from "../../core/jobs/job.ts";
import type { JobRef } from "../../core/jobs/job-ref.ts";
import {
  type Enqueued,
  type EnqueuePorts,
  enqueueMany as enqueueAll,
  enqueue as enqueueOne,
} from "./enqueue.ts";

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

/** Where a test puts its own client. The same in every copy of this module, of which an app may load several. */
const slot = Symbol.for("millrace.client");

/** Let another client answer the calls of this one while there is such a client. */
export const replaceable = (client: Client): Client => {
  const current = (): Client => {
    const replacement: unknown = Reflect.get(globalThis, slot);
    return isClient(replacement) ? replacement : client;
  };
  return {
    enqueue: async (job, ...rest) => await current().enqueue(job, ...rest),
    enqueueMany: async (requests) => await current().enqueueMany(requests),
  };
};

/** Replace the client of this process. @returns a function that undoes it, unless it was replaced again */
export const replaceClient = (client: Client): (() => void) => {
  Reflect.set(globalThis, slot, client);
  return () => {
    if (Reflect.get(globalThis, slot) === client) Reflect.deleteProperty(globalThis, slot);
  };
};

const isClient = (value: unknown): value is Client =>
  typeof value === "object" && value !== null && "enqueue" in value && "enqueueMany" in value;
