import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { tableNamesOf } from "../../localstack/embedded/address.ts";
import { createTable } from "../../localstack/embedded/table.ts";
import { type Clients, createClients } from "../../shared/aws/clients.ts";
import { runsTable, stateTable } from "../../shared/aws/dynamodb/tables.ts";
import { type PipelineEnv, pipelineEnv } from "../../shared/aws/env.ts";
import { createPorts, queueUrls } from "../../shared/aws/ports.ts";
import { laneNames } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import type { PortsFixture } from "../../shared/testing/contract/fixture.ts";
import { createMemory } from "../../shared/testing/memory.ts";

export interface Servers {
  readonly sqsUrl: string;
  readonly dynamodbUrl: string;
}

/** Set the variables that the SDK needs for servers without authentication. */
export const useServers = ({ sqsUrl, dynamodbUrl }: Servers): void => {
  const standIns = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
  const addresses = { AWS_ENDPOINT_URL_SQS: sqsUrl, AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl };
  Object.assign(process.env, { ...standIns, ...process.env, ...addresses });
};

/** A stage with its own empty tables and queues, and its clients. */
export interface Stage {
  readonly env: PipelineEnv;
  readonly clients: Clients;
  remove(): Promise<void>;
}

export const createStage = async (): Promise<Stage> => {
  const clients = createClients();
  const stage = `t${randomUUID().slice(0, 8)}`;
  const { stack, queue, deadLetterQueue } = namesOf(stage);
  const { runs, state } = tableNamesOf({ stack });
  await Promise.all([
    createTable(clients.dynamodb, runs, runsTable),
    createTable(clients.dynamodb, state, stateTable),
  ]);
  const [critical, high, normal, low] = await createQueues(clients, laneNames.map(queue));
  const [criticalDead, highDead, normalDead, lowDead] = await createQueues(
    clients,
    laneNames.map(deadLetterQueue),
  );
  return {
    clients,
    env: pipelineEnv.parse({
      MILLRACE_STAGE: stage,
      MILLRACE_RUNS_TABLE: runs,
      MILLRACE_STATE_TABLE: state,
      MILLRACE_QUEUE_CRITICAL: critical,
      MILLRACE_DLQ_CRITICAL: criticalDead,
      MILLRACE_QUEUE_HIGH: high,
      MILLRACE_DLQ_HIGH: highDead,
      MILLRACE_QUEUE_NORMAL: normal,
      MILLRACE_DLQ_NORMAL: normalDead,
      MILLRACE_QUEUE_LOW: low,
      MILLRACE_DLQ_LOW: lowDead,
    }),
    remove: async () => {
      const urls = [critical, high, normal, low, criticalDead, highDead, normalDead, lowDead];
      await removeAll(clients, [runs, state], urls);
    },
  };
};

const createQueues = ({ sqs }: Clients, names: readonly string[]) =>
  Promise.all(
    names.map(async (name) => (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl),
  );

const removeAll = async (
  { dynamodb, sqs }: Clients,
  tables: readonly string[],
  urls: readonly (string | undefined)[],
): Promise<void> => {
  await Promise.all([
    ...tables.map((TableName) => dynamodb.send(new DeleteTableCommand({ TableName }))),
    ...urls.map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))),
  ]);
  dynamodb.destroy();
  sqs.destroy();
};

/** The AWS adapters on a stage. */
export const fixtureFor = ({ env, clients, remove }: Stage): PortsFixture => {
  const { log } = createMemory().ports;
  const { lanes } = queueUrls(env);
  return {
    ports: createPorts(env, { log, environmentId: "one", clients }),
    // Its metrics are in the same partition as those of "one".
    secondInstance: createPorts(env, { log, environmentId: "three", clients }),
    receive: async (lane) => {
      const request = { QueueUrl: lanes[lane], MaxNumberOfMessages: 10, WaitTimeSeconds: 0 };
      const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand(request));
      return Messages.map(({ Body = "", ReceiptHandle = "" }) => ({ body: Body, receipt: ReceiptHandle }));
    },
    advance: (ms) => wait(ms),
    close: remove,
  };
};

export const createStageFixture = async (): Promise<PortsFixture> => fixtureFor(await createStage());
