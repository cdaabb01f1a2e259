import type { Ports } from "../ports.ts";
import { createAttempts } from "./attempts.ts";
import { type Clients, createClients } from "./clients.ts";
import type { PipelineEnv } from "./env.ts";
import { createMetrics } from "./metrics.ts";
import { createPayloads } from "./payloads.ts";
import { createQueue, type QueueOptions } from "./queue.ts";
import { createRuns } from "./runs.ts";
import { createSchedules } from "./schedules.ts";
import { createServerTime } from "./server-time.ts";
import { createClock, createRandom } from "./system.ts";

export interface PortsOptions extends Pick<Ports, "log" | "redact"> {
  /** One per process: what it counts is kept apart from what others count. */
  readonly environmentId: string;
  readonly clients?: Clients;
}

/** The outside as AWS has it, or whatever answers at the standard `AWS_ENDPOINT_URL*` variables. */
export const createPorts = (
  env: PipelineEnv,
  { log, redact, environmentId, clients = createClients() }: PortsOptions,
): Ports => {
  const { dynamodb, sqs } = clients;
  const clock = createClock();
  const random = createRandom();
  const tables = { runs: env.MILLRACE_RUNS_TABLE, state: env.MILLRACE_STATE_TABLE };
  const store = { dynamodb, clock, random, log, tables };
  return {
    ...{ clock, random, log, ...(redact && { redact }) },
    queue: createQueue({ sqs, ...queueUrls(env) }),
    runs: createRuns(store),
    schedules: createSchedules(store),
    payloads: createPayloads(store),
    attempts: createAttempts(store),
    metrics: createMetrics(store, environmentId),
    serverTime: createServerTime(store),
  };
};

/** Where each lane's queues are. */
export const queueUrls = (env: PipelineEnv): Pick<QueueOptions, "lanes" | "deadLetters"> => ({
  lanes: {
    critical: env.MILLRACE_QUEUE_CRITICAL,
    high: env.MILLRACE_QUEUE_HIGH,
    normal: env.MILLRACE_QUEUE_NORMAL,
    low: env.MILLRACE_QUEUE_LOW,
  },
  deadLetters: {
    critical: env.MILLRACE_DLQ_CRITICAL,
    high: env.MILLRACE_DLQ_HIGH,
    normal: env.MILLRACE_DLQ_NORMAL,
    low: env.MILLRACE_DLQ_LOW,
  },
});
