import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { runsTable, stateTable, TableShape } from "../shared/aws/dynamodb/tables.ts";
import type { LaneQueues, Lanes } from "./lanes.ts";
import type { Tables } from "./tables.ts";

/** What the functions work on. */
export interface Resources {
  readonly tables: Tables;
  readonly lanes: Lanes;
}

// Each of these is what the code of one program can ask for, and no more. test/infra/grants.test.ts reads the calls out
// of the sources and compares. No scan, and no DeleteItem: rows end by TTL, so that what happened can be read afterwards.

/** @param itself the dispatcher's own ARN, if its ticks may ask others to help */
export const dispatcherAccess = (
  { tables, lanes }: Resources,
  itself: string | undefined,
): readonly PolicyStatement[] => [
  ...onRuns(tables, [...creating, "BatchGetItem", "PartiQLUpdate"], { indexes: ["timers"] }),
  ...onState(tables, [...keepingSchedules, "BatchWriteItem", "PartiQLInsert"], {
    partitions: true,
    indexes: ["timers"],
  }),
  allow(["sqs:SendMessage"], queues(lanes)),
  ...(itself === undefined ? [] : [allow(["lambda:InvokeFunction"], [itself])]),
];

/**
 * Takes from its own lane only. Sends to every lane, because a job may enqueue another, and to every dead-letter queue,
 * because a dead letter goes to that of its run's lane, whichever lane the message was moved to.
 */
export const workerAccess = ({ tables, lanes }: Resources, lane: LaneQueues): readonly PolicyStatement[] => [
  ...onRuns(tables, [...creating, "BatchGetItem", "PartiQLUpdate"]),
  ...onState(tables, [...keepingSchedules, "BatchWriteItem", "PutItem"]),
  allow(["sqs:SendMessage"], [...queues(lanes), ...deadLetterQueues(lanes)]),
  allow(["sqs:ChangeMessageVisibility", ...polling], [lane.queue.queueArn]),
  allow(["sqs:GetQueueAttributes"], [lane.queue.queueArn, lane.deadLetterQueue.queueArn]),
];

/** Lambda polls the lane in the name of the worker's role: no line of ours asks for these. */
const polling = ["sqs:ReceiveMessage", "sqs:DeleteMessage"];

/** Takes dead letters off their queues, to adopt those that have no run. */
export const sweeperAccess = ({ tables, lanes }: Resources): readonly PolicyStatement[] => [
  ...onRuns(tables, [...creating, "BatchGetItem", "PartiQLUpdate"], { indexes: ["list", "timers"] }),
  ...onState(tables, [...keepingSchedules, "BatchWriteItem", "PutItem"], { partitions: true }),
  allow(["sqs:SendMessage", "sqs:GetQueueAttributes"], [...queues(lanes), ...deadLetterQueues(lanes)]),
  allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], deadLetterQueues(lanes)),
];

/** What `enqueue` of shared/client.ts does. It finds the stage by the names of its queues. */
export const enqueueAccess = ({ tables, lanes }: Resources): readonly PolicyStatement[] => [
  ...onRuns(tables, [...creating, "BatchGetItem"]),
  ...onState(tables, ["BatchWriteItem", "PutItem"]),
  allow(["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:ListQueueTags"], queues(lanes)),
];

/** What all verbs of the CLI do. */
export const operateAccess = ({ tables, lanes }: Resources): readonly PolicyStatement[] => [
  ...onRuns(tables, [...creating, "BatchGetItem", "PartiQLUpdate"], { indexes: ["list", "dead"] }),
  ...onState(tables, [...keepingSchedules, "BatchWriteItem", "PartiQLInsert", "PutItem"], {
    partitions: true,
  }),
  allow(["sqs:ListQueueTags"], queues(lanes)),
  allow(
    ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
    [...queues(lanes), ...deadLetterQueues(lanes)],
  ),
  allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], deadLetterQueues(lanes)),
];

export const logAccess = (logGroup: ILogGroup): PolicyStatement =>
  allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn]);

/** A put takes the place of a run that has expired and was not yet deleted. */
const creating = ["PartiQLInsert", "PutItem"];

const keepingSchedules = ["BatchGetItem", "PartiQLUpdate", "UpdateItem"];

interface Queries<Shape extends TableShape> {
  /** Whether the table itself is queried. */
  readonly partitions?: boolean;
  readonly indexes?: readonly Shape["indexes"][number]["name"][];
}

const onRuns = (
  { runs }: Tables,
  actions: readonly string[],
  queries: Queries<typeof runsTable> = {},
): readonly PolicyStatement[] => onTable(runs, actions, queries);

const onState = (
  { state }: Tables,
  actions: readonly string[],
  queries: Queries<typeof stateTable> = {},
): readonly PolicyStatement[] => onTable(state, actions, queries);

/** Each index by its name: a grant on `index/*` would be wider than it needs to be. */
const onTable = (
  { tableArn }: TableV2,
  actions: readonly string[],
  { partitions = false, indexes = [] }: Queries<TableShape>,
): readonly PolicyStatement[] => {
  const queried = [...(partitions ? [tableArn] : []), ...indexes.map((name) => `${tableArn}/index/${name}`)];
  return [
    allow(
      actions.map((action) => `dynamodb:${action}`),
      [tableArn],
    ),
    ...(queried.length > 0 ? [allow(["dynamodb:Query"], queried)] : []),
  ];
};

const queues = ({ all }: Lanes): readonly string[] => all.map(({ queue }) => queue.queueArn);

const deadLetterQueues = ({ all }: Lanes): readonly string[] =>
  all.map(({ deadLetterQueue }) => deadLetterQueue.queueArn);

const allow = (actions: readonly string[], resources: readonly string[]): PolicyStatement =>
  new PolicyStatement({ actions: [...actions], resources: [...resources] });
