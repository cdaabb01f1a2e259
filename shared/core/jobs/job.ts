import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Duration, durationMs, durationText } from "../duration.ts";
import { DefinitionError } from "../errors.ts";
import { closingMs, isLaneName, type LaneName, laneNames, laneTimeoutMs } from "../lane.ts";
import { type RetryOptions, type RetryPolicy, retryPolicy } from "../runs/retry.ts";
import type { JobRef } from "./job-ref.ts";
import { checkName } from "./name.ts";

/** Structured log lines that carry the run's id automatically. */
export interface Log {
  debug(message: string, facts?: object): void;
  info(message: string, facts?: object): void;
  warn(message: string, facts?: object): void;
  error(message: string, facts?: object): void;
}

/** How one run may differ from its job's other runs. null, from code without types, is absence. */
export interface EnqueueOptions {
  /** The caller's idempotency key: the same key and input make one run, however often they are sent. */
  readonly key?: string;
  /** Not before this long from now. */
  readonly delay?: Duration;
  /** Not before this instant. */
  readonly at?: Date;
  readonly priority?: LaneName;
  /** Whose work it is; SQS keeps a busy tenant from holding up the others (fair queues). */
  readonly tenant?: string;
  /** If no attempt has started this long after the run is due, it ends as `expired`. */
  readonly expiresIn?: Duration;
  /** At most 10, of 1 to 128 characters, 1,024 bytes together: each write of the run pays for them. */
  readonly tags?: readonly string[];
}

export type Enqueue = <Sent>(
  job: Job<Sent> | JobRef<Sent>,
  ...rest: InputAndOptions<Sent, EnqueueOptions>
) => Promise<{ readonly id: string }>;

/**
 * A job whose schema takes `undefined` may be named alone; any other must be given its input. The job alone says what
 * that is: inferred from both, a job without input would take any.
 */
export type InputAndOptions<Sent, Options> = undefined extends Sent
  ? [input?: NoInfer<Sent>, options?: Options]
  : [input: NoInfer<Sent>, options?: Options];

/** What a job's `run` is given. */
export interface JobContext<Received> {
  readonly input: Received;
  readonly run: {
    readonly id: string;
    /** 1 for the first try. An attempt that was deferred before it started is not counted. */
    readonly attempt: number;
    /** 1, and one more each time that the run was retried after its death. Attempts are counted anew in each. */
    readonly generation: number;
    readonly dueAt: Date;
    readonly schedule?: string;
    readonly tenant?: string;
  };
  /**
   * The same for every attempt of the run, in every generation: pass it on to whatever must happen once. A service that
   * remembers a failure under it answers a retried run with that failure: where this is so, add `run.generation` to it.
   */
  readonly idempotencyKey: string;
  /** Aborted when the attempt's time is up, with the reason. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Enqueue more work. Chains are bounded, so that a loop of jobs ends. */
  readonly enqueue: Enqueue;
}

/** What a user writes. */
export interface JobDefinition<Schema extends StandardSchemaV1, Result, Name extends string = string> {
  /** Lower-case words joined by hyphens, at most 64 characters. It names the job for ever: runs outlive deploys. */
  readonly name: Name;
  /** Any Standard Schema (zod, valibot, arktype, …). Left out, the job takes no input. */
  readonly input?: Schema;
  /** The lane, unless the caller says otherwise. Default `"normal"`. */
  readonly priority?: LaneName;
  /** How long one attempt may take. Default `"30 seconds"`. */
  readonly timeout?: Duration;
  readonly retry?: RetryOptions;
  /** Returning is success, and the value is kept with the run; throwing is another try. */
  readonly run: (context: JobContext<StandardSchemaV1.InferOutput<Schema>>) => Promise<Result> | Result;
}

/** Marks what `defineJob` returns. The same in every copy of this module, of which an app may load several. */
const jobBrand: unique symbol = Symbol.for("millrace.job");

/** A job as the pipeline sees it: inert data, made by `defineJob`. */
export interface Job<Sent = unknown, Received = unknown, Name extends string = string> {
  readonly [jobBrand]: true;
  readonly name: Name;
  readonly input: StandardSchemaV1<Sent, Received>;
  readonly lane: LaneName;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  // A method, because one registry holds jobs of every input.
  run(context: JobContext<Received>): unknown;
}

type NoInput = StandardSchemaV1<undefined, undefined>;

/**
 * Define a job. Nothing happens until it is enqueued or scheduled.
 * @throws DefinitionError naming the field that cannot be right.
 */
export const defineJob = <
  Schema extends StandardSchemaV1 = NoInput,
  Result = unknown,
  Name extends string = string,
>(
  definition: JobDefinition<Schema, Result, Name>,
): Job<StandardSchemaV1.InferInput<Schema>, StandardSchemaV1.InferOutput<Schema>, Name> => {
  const { name, priority = "normal" } = definition;
  checkName(name);
  if (!isLaneName(priority)) {
    throw new DefinitionError(`job "${name}": priority`, {
      expected: `one of ${laneNames.join(", ")}`,
      got: `"${priority}"`,
    });
  }
  return {
    [jobBrand]: true,
    name,
    input: definition.input ?? noInput,
    lane: priority,
    timeoutMs: checkedTimeout(name, definition.timeout ?? "30 seconds", priority),
    retry: retryPolicy(`job "${name}": retry`, definition.retry),
    run: definition.run,
  };
};

export const isJob = (value: unknown): value is Job =>
  typeof value === "object" && value !== null && jobBrand in value;

/** The longest attempt that a lane allows: its function's timeout, less what closing an invocation needs. */
export const maxTimeoutMs = (lane: LaneName): number => laneTimeoutMs(lane) - closingMs;

const checkedTimeout = (name: string, timeout: Duration, lane: LaneName): number => {
  const ms = durationMs(timeout, `job "${name}": timeout`);
  const most = maxTimeoutMs(lane);
  if (ms < 1 || ms > most) {
    throw new DefinitionError(`job "${name}": timeout`, {
      expected: `1 millisecond to ${durationText(most)} on lane ${lane}`,
      got: `"${timeout}"`,
      remedy: "choose a lane with more time, or do less per run",
    });
  }
  return ms;
};

/** Whether a job declares an input at all. */
export const takesInput = ({ input }: Pick<Job, "input">): boolean => input !== noInput;

// biome-ignore lint/suspicious/noExplicitAny: stands for the schema that was left out, whose types only the caller knows
const noInput: StandardSchemaV1<any, any> = {
  "~standard": {
    version: 1,
    vendor: "millrace",
    validate: (value) =>
      value === undefined || value === null
        ? { value: undefined }
        : { issues: [{ message: "expected no input: the job declares none" }] },
  },
};
