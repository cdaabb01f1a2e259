import { setTimeout as wait } from "node:timers/promises";
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { type Clients, createClients } from "../../../shared/aws/clients.ts";
import { createPorts, queueUrls } from "../../../shared/aws/ports.ts";
import type { Registry } from "../../../shared/core/jobs/registry.ts";
import type { LaneName } from "../../../shared/core/lane.ts";
import type { Delivery } from "../../../shared/pipeline/worker/batch.ts";
import { createMetricsCounter } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { processBatch } from "../../../shared/pipeline/worker/process-batch.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import { quietLog } from "../bench-ports.ts";
import { withServers } from "../servers.ts";
import { type Counts, countRequests } from "./count.ts";

/** The pipeline in this process, on real adapters and embedded servers, with every request counted. */
export interface CountedPipeline {
  readonly ports: Ports;
  /** Advances the pipeline's clock. The servers' clocks do not change. */
  advance(ms: number): void;
  /** The deadline of an invocation that starts now. */
  deadlineAt(): number;
  /** One invocation of a lane's worker: receives up to ten messages, processes them, deletes the completed ones. */
  workBatch(registry: Registry, lane?: LaneName): Promise<void>;
  /** Returns the counts since the last call. */
  take(): Counts;
}

export const withCountedPipeline = <Answer>(
  measure: (pipeline: CountedPipeline) => Promise<Answer>,
): Promise<Answer> =>
  withServers(async ({ env }) => {
    Object.assign(process.env, env);
    const clients = createClients();
    const { take } = countRequests(clients);
    let ahead = 0;
    const now = (): number => Date.now() + ahead;
    const outside = createPorts(env, { log: quietLog, environmentId: "bench", clients });
    const ports = { ...outside, clock: { ...outside.clock, now } };
    const deadlineAt = (): number => now() + 55_000;
    const urls = queueUrls(env).lanes;
    return await measure({
      ports,
      deadlineAt,
      take,
      advance: (ms) => {
        ahead += ms;
      },
      workBatch: async (registry, lane = "normal") => {
        const messages = await receive(clients, urls[lane]);
        const site = { lane, registry, metricsCounter: createMetricsCounter(), deadlineAt: deadlineAt() };
        const { returned } = await processBatch(ports, site, messages.map(toDelivery));
        await remove(
          clients,
          urls[lane],
          messages.filter(({ MessageId }) => !returned.includes(MessageId ?? "")),
        );
      },
    });
  });

/** Receives messages like the event source mapping. */
const receive = async ({ sqs }: Clients, url: string): Promise<readonly Message[]> => {
  const request = { QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 };
  const command = new ReceiveMessageCommand({ ...request, MessageSystemAttributeNames: ["All"] });
  return (await sqs.send(command)).Messages ?? [];
};

const remove = async ({ sqs }: Clients, url: string, messages: readonly Message[]): Promise<void> => {
  if (messages.length === 0) return;
  const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
};

const toDelivery = ({
  MessageId = "",
  ReceiptHandle = "",
  Body = "",
  Attributes = {},
}: Message): Delivery => ({
  messageId: MessageId,
  receipt: ReceiptHandle,
  body: Body,
  receiveCount: Number(Attributes.ApproximateReceiveCount),
  sentAt: Number(Attributes.SentTimestamp),
});

/** Waits until messages hidden for a second, the minimum, can be received again. */
export const untilVisible = (): Promise<void> => wait(1_200);
