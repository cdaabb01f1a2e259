import type { EnqueuePorts } from "../pipeline/enqueue/enqueue.ts";
import type { Ports } from "../ports/index.ts";
import { createAttempts } from "./attempts.ts";
import { type Clients, createClients } from "./clients.ts";
import type { PipelineEnv, SenderEnv } from "./env.ts";
import { createJobNames } from "./job-names.ts";
import { createLedger } from "./ledger.ts";
import { createMetrics } from "./metrics.ts";
import { createNotes } from "./notes.ts";
import { createPayloads } from "./payloads.ts";
import { createRuns } from "./runs.ts";
import { createSchedules } from "./schedules.ts";
import { createServerTime } from "./server-time.ts";
import { createQueue, createSender, type LaneUrls, type QueueOptions } from "./sqs/queue.ts";
import { createClock, createRandom } from "./system.ts";
import { createWatermarks } from "./watermarks.ts";

export interface PortsOptions extends Pick<Ports, "log" | "redact"> {
  /** One per process: its metrics are stored apart from those of other processes. */
  readonly environmentId: string;
  readonly clients?: Clients;
}

/** Create the ports on AWS, or on the endpoints of the standard `AWS_ENDPOINT_URL*` variables. */
export const createPorts = (env: PipelineEnv, options: PortsOptions): Ports => {
  const { dynamodb, sqs } = options.clients ?? createClients();
  const { clock, random, log, redact, store } = createStore(env, dynamodb, options);
  return {
    clock,
    random,
    log,
    ...(redact && { redact }),
    queue: createQueue({ sqs, ...queueUrls(env) }),
    runs: createRuns(store),
    schedules: createSchedules(store),
    ledger: createLedger(store),
    notes: createNotes(store),
    watermarks: createWatermarks(store),
    jobNames: createJobNames(store),
    payloads: createPayloads(store),
    attempts: createAttempts(store),
    metrics: createMetrics(store, options.environmentId),
    serverTime: createServerTime(store),
  };
};

/** Create the ports that enqueueing needs. */
export const createSenderPorts = (env: SenderEnv, options: PortsOptions): EnqueuePorts => {
  const { dynamodb, sqs } = options.clients ?? createClients();
  const { clock, random, log, redact, store } = createStore(env, dynamodb, options);
  return {
    clock,
    random,
    log,
    ...(redact && { redact }),
    queue: createSender({ sqs, lanes: laneUrls(env) }),
    runs: createRuns(store),
    jobNames: createJobNames(store),
    payloads: createPayloads(store),
  };
};

const createStore = (env: SenderEnv, dynamodb: Clients["dynamodb"], { log, redact }: PortsOptions) => {
  const clock = createClock();
  const random = createRandom();
  const tables = { runs: env.MILLRACE_RUNS_TABLE, state: env.MILLRACE_STATE_TABLE };
  return { clock, random, log, redact, store: { dynamodb, clock, random, log, tables } };
};

/** The URLs of each lane's queues. */
export const queueUrls = (env: PipelineEnv): Pick<QueueOptions, "lanes" | "deadLetters"> => ({
  lanes: laneUrls(env),
  deadLetters: {
    critical: env.MILLRACE_DLQ_CRITICAL,
    high: env.MILLRACE_DLQ_HIGH,
    normal: env.MILLRACE_DLQ_NORMAL,
    low: env.MILLRACE_DLQ_LOW,
  },
});

const laneUrls = (env: SenderEnv): LaneUrls => ({
  critical: env.MILLRACE_QUEUE_CRITICAL,
  high: env.MILLRACE_QUEUE_HIGH,
  normal: env.MILLRACE_QUEUE_NORMAL,
  low: env.MILLRACE_QUEUE_LOW,
});
