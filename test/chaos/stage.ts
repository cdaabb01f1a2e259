import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteTableCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, DeleteQueueCommand } from "@aws-sdk/client-sqs";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { access, arn, queueUrl, region } from "../../localstack/embedded/address.ts";
import { createTable } from "../../localstack/embedded/table.ts";
import type { PipelineEnv } from "../../shared/aws/env.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { runsTable, stateTable } from "../../shared/aws/tables.ts";
import { type LaneName, laneNames, maxReceiveCount } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import { type Run, runSchema } from "../../shared/core/run.ts";
import type { Ports } from "../../shared/ports.ts";
import type { Ground } from "./ground.ts";
import type { Effect } from "./project/jobs/ledger.ts";

/** Tables, queues and a ledger of effects of its own, on the common ground. */
export interface Stage {
  readonly ground: Ground;
  readonly name: string;
  /** The instant that its schedules are due around. */
  readonly epoch: number;
  /** The lane that everything runs on. */
  readonly lane: { readonly url: string; readonly arn: string; readonly lettersUrl: string };
  /** What its processes find set. */
  readonly env: Readonly<Record<string, string>>;
  /** The test's own hands: no proxy sees them. */
  readonly ports: Ports;
  runs(): Promise<readonly Run[]>;
  effects(): readonly Effect[];
  remove(): Promise<void>;
}

export const createStage = async (ground: Ground): Promise<Stage> => {
  const name = `c${randomUUID().slice(0, 8)}`;
  const names = namesOf(name);
  const { clients, sqsUrl } = ground;
  const [epoch, ledger] = [Date.now(), join(ground.folder, `${name}.jsonl`)];
  await createTable(clients.dynamodb, names.runsTable, runsTable);
  await createTable(clients.dynamodb, names.stateTable, stateTable);
  await Promise.all(laneNames.map((lane) => createLane(ground, names, lane)));
  const env = environmentOf(ground, names, name);
  return {
    ...{ ground, name, epoch },
    lane: { url: env.MILLRACE_QUEUE_NORMAL, arn: arn("sqs", names.queue("normal")), lettersUrl: env.MILLRACE_DLQ_NORMAL },
    env: { ...env, CHAOS_LEDGER: ledger, CHAOS_EPOCH: String(epoch) },
    ports: createPorts(env, { clients, environmentId: "test", log: silent }),
    runs: async () => {
      const { Items = [] } = await clients.dynamodb.send(
        new ScanCommand({ TableName: names.runsTable, ConsistentRead: true }),
      );
      return Items.map((item) => runSchema.parse(unmarshall(item)));
    },
    effects: () => linesOf(ledger).map((line): Effect => JSON.parse(line)),
    remove: async () => {
      const tables = [names.runsTable, names.stateTable];
      const queues = laneNames.flatMap((lane) => [names.queue(lane), names.deadLetterQueue(lane)]);
      await Promise.all([
        ...tables.map((TableName) => clients.dynamodb.send(new DeleteTableCommand({ TableName }))),
        ...queues.map((queue) => clients.sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl(sqsUrl, queue) }))),
      ]);
    },
  };
};

/** Messages stay hidden for longer than a test takes: it says itself when their time is over. */
const hiddenSeconds = 600;

const createLane = async ({ clients }: Ground, names: ReturnType<typeof namesOf>, lane: LaneName) => {
  const dead = names.deadLetterQueue(lane);
  await clients.sqs.send(new CreateQueueCommand({ QueueName: dead }));
  const redrive = { deadLetterTargetArn: arn("sqs", dead), maxReceiveCount };
  const Attributes = { VisibilityTimeout: String(hiddenSeconds), RedrivePolicy: JSON.stringify(redrive) };
  await clients.sqs.send(new CreateQueueCommand({ QueueName: names.queue(lane), Attributes }));
};

const environmentOf = ({ sqsUrl }: Ground, names: ReturnType<typeof namesOf>, stage: string) => {
  const urlOf = (queue: string) => queueUrl(sqsUrl, queue);
  return {
    MILLRACE_STAGE: stage,
    MILLRACE_RUNS_TABLE: names.runsTable,
    MILLRACE_STATE_TABLE: names.stateTable,
    MILLRACE_QUEUE_CRITICAL: urlOf(names.queue("critical")),
    MILLRACE_QUEUE_HIGH: urlOf(names.queue("high")),
    MILLRACE_QUEUE_NORMAL: urlOf(names.queue("normal")),
    MILLRACE_QUEUE_LOW: urlOf(names.queue("low")),
    MILLRACE_DLQ_CRITICAL: urlOf(names.deadLetterQueue("critical")),
    MILLRACE_DLQ_HIGH: urlOf(names.deadLetterQueue("high")),
    MILLRACE_DLQ_NORMAL: urlOf(names.deadLetterQueue("normal")),
    MILLRACE_DLQ_LOW: urlOf(names.deadLetterQueue("low")),
    MILLRACE_LANE: "normal",
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: access.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.credentials.secretAccessKey,
  } satisfies PipelineEnv & Record<string, string>;
};

const linesOf = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];

const ignore = (): void => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
