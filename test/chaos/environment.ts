import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DeleteTableCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, DeleteQueueCommand } from "@aws-sdk/client-sqs";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { access, arn, queueUrl, region, tableNamesOf } from "../../localstack/embedded/address.ts";
import { createTable } from "../../localstack/embedded/table.ts";
import { toFields } from "../../shared/aws/dynamodb/run-attributes.ts";
import { runsTable, stateTable } from "../../shared/aws/dynamodb/tables.ts";
import type { PipelineEnv } from "../../shared/aws/env.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { type LaneName, laneNames, maxReceiveCount } from "../../shared/core/lane.ts";
import { type Names, namesOf } from "../../shared/core/names.ts";
import { type Run, runSchema } from "../../shared/core/runs/run.ts";
import type { Ports } from "../../shared/ports/index.ts";
import type { Effect } from "./project/jobs/ledger.ts";
import type { SharedSetup } from "./shared-setup.ts";

/** Its own tables, queues and ledger of effects, on the shared servers. */
export interface Environment {
  readonly setup: SharedSetup;
  /** The instant around which its schedules are due. */
  readonly epoch: number;
  /** The lane of all runs. */
  readonly lane: { readonly url: string; readonly arn: string; readonly deadLettersUrl: string };
  /** The variables of its functions. */
  readonly env: Readonly<Record<string, string>>;
  /** The test's own ports, which bypass the proxies. */
  readonly ports: Ports;
  runs(): Promise<readonly Run[]>;
  effects(): readonly Effect[];
  /** Empties tables and queues, and sets a new epoch. */
  clear(): Promise<void>;
  remove(): Promise<void>;
}

export const createEnvironment = async (setup: SharedSetup): Promise<Environment> => {
  const name = `c${randomUUID().slice(0, 8)}`;
  const names = namesOf(name);
  const env = environmentOf(setup, names, name);
  const ledger = join(setup.folder, `${name}.jsonl`);
  let epoch = nextSecond();
  await createTables(setup, names);
  await Promise.all(laneNames.map((lane) => createLane(setup, names, lane)));
  return {
    setup: setup,
    lane: laneIn(names, env),
    env: { ...env, CHAOS_LEDGER: ledger },
    get epoch() {
      return epoch;
    },
    ports: createPorts(env, { clients: setup.clients, environmentId: "test", log: silent }),
    runs: () => readRuns(setup, names),
    effects: () => linesOf(ledger).map((line): Effect => JSON.parse(line)),
    clear: async () => {
      await removeTables(setup, names);
      await createTables(setup, names);
      await removeLane(setup, names, "normal");
      await createLane(setup, names, "normal");
      rmSync(ledger, { force: true });
      epoch = nextSecond();
    },
    remove: async () => {
      await removeTables(setup, names);
      await Promise.all(laneNames.map((lane) => removeLane(setup, names, lane)));
    },
  };
};

/** Schedules are due at whole seconds. */
const nextSecond = (): number => Math.ceil(Date.now() / 1_000) * 1_000;

const createTables = async ({ clients }: SharedSetup, names: Names): Promise<void> => {
  await createTable(clients.dynamodb, tableNamesOf(names).runs, runsTable);
  await createTable(clients.dynamodb, tableNamesOf(names).state, stateTable);
};

const removeTables = async ({ clients }: SharedSetup, names: Names): Promise<void> => {
  await clients.dynamodb.send(new DeleteTableCommand({ TableName: tableNamesOf(names).runs }));
  await clients.dynamodb.send(new DeleteTableCommand({ TableName: tableNamesOf(names).state }));
};

/** Longer than a test takes: the test reveals messages itself. */
const hiddenSeconds = 600;

const createLane = async ({ clients }: SharedSetup, names: Names, lane: LaneName): Promise<void> => {
  const dead = names.deadLetterQueue(lane);
  await clients.sqs.send(new CreateQueueCommand({ QueueName: dead }));
  const redrive = { deadLetterTargetArn: arn("sqs", dead), maxReceiveCount };
  const Attributes = { VisibilityTimeout: String(hiddenSeconds), RedrivePolicy: JSON.stringify(redrive) };
  await clients.sqs.send(new CreateQueueCommand({ QueueName: names.queue(lane), Attributes }));
};

const removeLane = async ({ clients, sqsUrl }: SharedSetup, names: Names, lane: LaneName): Promise<void> => {
  for (const queue of [names.queue(lane), names.deadLetterQueue(lane)]) {
    await clients.sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl(sqsUrl, queue) }));
  }
};

const laneIn = (names: Names, env: PipelineEnv): Environment["lane"] => ({
  url: env.MILLRACE_QUEUE_NORMAL,
  arn: arn("sqs", names.queue("normal")),
  deadLettersUrl: env.MILLRACE_DLQ_NORMAL,
});

const environmentOf = ({ sqsUrl }: SharedSetup, names: Names, stage: string) => {
  const urlOf = (queue: string) => queueUrl(sqsUrl, queue);
  return {
    MILLRACE_STAGE: stage,
    MILLRACE_RUNS_TABLE: tableNamesOf(names).runs,
    MILLRACE_STATE_TABLE: tableNamesOf(names).state,
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
  };
};

const readRuns = async ({ clients }: SharedSetup, names: Names): Promise<readonly Run[]> => {
  const { Items = [] } = await clients.dynamodb.send(
    new ScanCommand({ TableName: tableNamesOf(names).runs, ConsistentRead: true }),
  );
  return Items.map((item) => runSchema.parse(unmarshall(toFields(item))));
};

const linesOf = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];

const ignore = (): void => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
