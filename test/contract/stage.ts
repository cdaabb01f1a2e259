import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { createTable } from "../../localstack/embedded/table.ts";
import { type Clients, createClients } from "../../shared/aws/clients.ts";
import type { PipelineEnv } from "../../shared/aws/env.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { runsTable, stateTable } from "../../shared/aws/tables.ts";
import { laneNames } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import type { Outside } from "../../shared/testing/contract.ts";
import { createMemory } from "../../shared/testing/memory.ts";

export interface Servers {
  readonly sqsUrl: string;
  readonly dynamodbUrl: string;
}

/** What the SDK wants to know of servers that ask nobody who they are. */
export const useServers = ({ sqsUrl, dynamodbUrl }: Servers): void => {
  const standIns = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
  const addresses = { AWS_ENDPOINT_URL_SQS: sqsUrl, AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl };
  Object.assign(process.env, { ...standIns, ...process.env, ...addresses });
};

/** A stage of its own, with empty tables and queues. */
export const createStage = async (): Promise<{
  env: PipelineEnv;
  clients: Clients;
  remove(): Promise<void>;
}> => {
  const clients = createClients();
  const stage = `t${randomUUID().slice(0, 8)}`;
  const names = namesOf(stage);
  await createTable(clients.dynamodb, names.runsTable, runsTable);
  await createTable(clients.dynamodb, names.stateTable, stateTable);
  const queueNames = laneNames.flatMap((lane) => [names.queue(lane), names.deadLetterQueue(lane)]);
  const urls = await Promise.all(queueNames.map((name) => createQueue(clients, name)));
  const [critical, criticalDead, high, highDead, normal, normalDead, low, lowDead] = urls;
  return {
    clients,
    env: {
      MILLRACE_STAGE: stage,
      MILLRACE_RUNS_TABLE: names.runsTable,
      MILLRACE_STATE_TABLE: names.stateTable,
      ...{ MILLRACE_QUEUE_CRITICAL: critical ?? "", MILLRACE_DLQ_CRITICAL: criticalDead ?? "" },
      ...{ MILLRACE_QUEUE_HIGH: high ?? "", MILLRACE_DLQ_HIGH: highDead ?? "" },
      ...{ MILLRACE_QUEUE_NORMAL: normal ?? "", MILLRACE_DLQ_NORMAL: normalDead ?? "" },
      ...{ MILLRACE_QUEUE_LOW: low ?? "", MILLRACE_DLQ_LOW: lowDead ?? "" },
    },
    remove: () => remove(clients, [names.runsTable, names.stateTable], urls),
  };
};

const createQueue = async ({ sqs }: Clients, name: string): Promise<string> => {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  return QueueUrl;
};

const remove = async (
  { dynamodb, sqs }: Clients,
  tables: readonly string[],
  urls: readonly string[],
): Promise<void> => {
  await Promise.all([
    ...tables.map((TableName) => dynamodb.send(new DeleteTableCommand({ TableName }))),
    ...urls.map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))),
  ]);
  dynamodb.destroy();
  sqs.destroy();
};

/** The AWS adapters on such a stage. */
export const stageOutside = async (): Promise<Outside> => {
  const { env, clients, remove: close } = await createStage();
  const { log } = createMemory().ports;
  const queues = {
    critical: env.MILLRACE_QUEUE_CRITICAL,
    high: env.MILLRACE_QUEUE_HIGH,
    normal: env.MILLRACE_QUEUE_NORMAL,
    low: env.MILLRACE_QUEUE_LOW,
  };
  return {
    ports: createPorts(env, { log, environmentId: "one", clients }),
    neighbour: createPorts(env, { log, environmentId: "two", clients }),
    receive: async (lane) => {
      const request = { QueueUrl: queues[lane], MaxNumberOfMessages: 10, WaitTimeSeconds: 0 };
      const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand(request));
      return Messages.map(({ Body = "", ReceiptHandle = "" }) => ({ body: Body, receipt: ReceiptHandle }));
    },
    pass: (ms) => wait(ms),
    close,
  };
};
