import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { runsTable, stateTable, TableShape } from "../shared/aws/dynamodb/tables.ts";
import type { LaneQueues, Lanes } from "./lanes.ts";
import type { Tables } from "./tables.ts";

/** The tables and queues that the functions use. */
export interface Resources {
  readonly tables: Tables;
  readonly lanes: Lanes;
}

// Each list grants exactly the calls that one program makes: test/infra/access.ts reads the calls from the sources and
// compares. Nothing may scan or delete items: rows expire by TTL, so that the history stays readable.

/** @param itself the dispatcher's own ARN, if its ticks may fan out */
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
 * Receives from its own lane only. Sends to every lane, because a job may enqueue another, and to every dead-letter
 * queue, because a dead letter goes to the queue of its run's lane, even when the message was moved to another lane.
 */
export const workerAccess = ({ tables, lanes }: Resources, lane: LaneQueues): readonly PolicyStatement[] => [
  ...onRuns(tables, [...creating, "BatchGetItem", "PartiQLUpdate"]),
  ...onState(tables, [...keepingSchedules, "BatchWriteItem", "PutItem"]),
  allow(["sqs:SendMessage"], [...queues(lanes), ...deadLetterQueues(lanes)]),
  allow(["sqs:ChangeMessageVisibility", ...polling], [lane.queue.queueArn]),
  allow(["sqs:GetQueueAttributes"], [lane.queue.queueArn, lane.deadLetterQueue.queueArn]),
];

/** For Lambda, which polls the lane with the worker's role. Our own code does not make these calls. */
const polling = ["sqs:ReceiveMessage", "sqs:DeleteMessage"];

/** Receives and deletes dead letters, and adopts those that have no run. */
export const sweeperAccess = ({ tables, lanes }: Resources): readonly PolicyStatement[] => [
  ...onRuns(tables, [...creating, "BatchGetItem", "PartiQLUpdate"], { indexes: ["list", "timers"] }),
  ...onState(tables, [...keepingSchedules, "BatchWriteItem", "PutItem"], { partitions: true }),
  allow(["sqs:SendMessage", "sqs:GetQueueAttributes"], [...queues(lanes), ...deadLetterQueues(lanes)]),
  allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], deadLetterQueues(lanes)),
];

/** The calls of `enqueue` in shared/client.ts, which finds the stage by the names of its queues. */
export const enqueueAccess = ({ tables, lanes }: Resources): readonly PolicyStatement[] => [
  ...onRuns(tables, [...creating, "BatchGetItem"]),
  ...onState(tables, ["BatchWriteItem", "PutItem"]),
  allow(["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:ListQueueTags"], queues(lanes)),
];

/** The calls of all CLI commands. */
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

/** For Lambda, which connects a function to its VPC with the function's role. These calls name no resources. */
export const networkAccess = (): PolicyStatement =>
  allow(
    [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses",
    ],
    ["*"],
  );

/** PutItem replaces a run whose TTL has passed but which DynamoDB has not yet deleted. */
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

/** Names each index: a grant on `index/*` would be too wide. */
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
