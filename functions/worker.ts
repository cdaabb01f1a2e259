import { randomUUID } from "node:crypto";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSMessageAttributes, SQSRecord } from "aws-lambda";
import { readEnv, workerEnv } from "../shared/aws/env.ts";
import { createPorts } from "../shared/aws/ports.ts";
import type { Delivery } from "../shared/pipeline/worker/batch.ts";
import { createMetricsCounter } from "../shared/pipeline/worker/metrics-counter.ts";
import { type BatchResult, processBatch } from "../shared/pipeline/worker/process-batch.ts";
import type { TextAttributes } from "../shared/ports/index.ts";
import { attributeConsole } from "./job-console.ts";
import { createJobSecrets } from "./job-secrets.ts";
import { registry } from "./registry.ts";
import { containStrayErrors } from "./stray-errors.ts";
import { createTelemetry } from "./telemetry.ts";
import { startWatchdog } from "./watchdog.ts";

const env = readEnv(workerEnv, process.env);
const { log, redactor, middleware } = createTelemetry();
const ports = createPorts(env, { log, redact: redactor.redact, environmentId: randomUUID() });
const metricsCounter = createMetricsCounter();
const jobSecrets = createJobSecrets({ sources: env.MILLRACE_JOB_SECRETS, env: process.env, redactor });
containStrayErrors(log);
attributeConsole(console);
startWatchdog();

/**
 * One lane's worker. Reports every message that is not proven done, and never throws because of a single message. It
 * throws when a job secret cannot be read: nothing was claimed then, and SQS redelivers the messages.
 */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(middleware)
  .handler(async ({ Records }, context) => {
    const deadlineAt = ports.clock.now() + context.getRemainingTimeInMillis();
    await jobSecrets();
    const worked = await processBatch(
      ports,
      { lane: env.MILLRACE_LANE, worker: context.logStreamName, registry, metricsCounter, deadlineAt },
      Records.map(toDelivery),
    );
    logBatch(worked, Records.length);
    return { batchItemFailures: worked.returned.map((itemIdentifier) => ({ itemIdentifier })) };
  });

const toDelivery = ({
  messageId,
  receiptHandle,
  body,
  attributes,
  messageAttributes,
}: SQSRecord): Delivery => ({
  messageId,
  receipt: receiptHandle,
  body,
  receiveCount: Number(attributes.ApproximateReceiveCount),
  sentAt: Number(attributes.SentTimestamp),
  attributes: textAttributes(messageAttributes),
});

const textAttributes = (all: SQSMessageAttributes): TextAttributes =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, { dataType, stringValue }]) =>
      dataType === "String" && stringValue !== undefined ? [[name, stringValue]] : [],
    ),
  );

/** `waitMs` and `workMs` are sums over the claimed runs. */
const logBatch = ({ counts }: BatchResult, received: number): void => {
  log.info("batch", { received, ...counts });
};
