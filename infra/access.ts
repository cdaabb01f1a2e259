import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import { runsTable, stateTable, type TableShape } from "../shared/aws/tables.ts";
import type { LaneQueues, Lanes } from "./lanes.ts";
import { indexArns, type Tables } from "./tables.ts";

/** What the functions work on. */
export interface Parts {
  readonly tables: Tables;
  readonly lanes: Lanes;
}

/**
 * What each function may do: the requests that its code sends, on the tables and queues that it sends them to.
 * @param itself the dispatcher's own ARN, if its ticks may ask others to help
 */
export const dispatcherAccess = (
  { tables, lanes }: Parts,
  itself: string | undefined,
): readonly PolicyStatement[] => [
  ...usingTables(tables),
  allow(["sqs:SendMessage"], queues(lanes)),
  ...(itself === undefined ? [] : [allow(["lambda:InvokeFunction"], [itself])]),
];

/**
 * Takes from its own lane only. Sends to every lane, because a job may enqueue another, and to every dead-letter queue,
 * because a letter goes to that of its run's lane, whichever lane the message was moved to.
 */
export const workerAccess = ({ tables, lanes }: Parts, lane: LaneQueues): readonly PolicyStatement[] => [
  ...usingTables(tables),
  allow(["sqs:SendMessage"], [...queues(lanes), ...deadLetterQueues(lanes)]),
  allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], [lane.queue.queueArn]),
  allow(["sqs:GetQueueAttributes"], [lane.queue.queueArn, lane.deadLetterQueue.queueArn]),
];

/** Takes letters off the dead-letter queues, to adopt those that have no run. */
export const sweeperAccess = ({ tables, lanes }: Parts): readonly PolicyStatement[] => [
  ...usingTables(tables),
  allow(["sqs:SendMessage", "sqs:GetQueueAttributes"], [...queues(lanes), ...deadLetterQueues(lanes)]),
  allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], deadLetterQueues(lanes)),
];

export const logAccess = (logGroup: ILogGroup): PolicyStatement =>
  allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn]);

const usingTables = ({ runs, state }: Tables): readonly PolicyStatement[] => [
  ...usingTable(runs, runsTable),
  ...usingTable(state, stateTable),
];

/** No scan, and no DeleteItem: rows end by TTL, so that what happened can be read afterwards. */
const usingTable = (table: TableV2, shape: TableShape): readonly PolicyStatement[] => [
  allow(
    [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:PartiQLInsert",
      "dynamodb:PartiQLSelect",
      "dynamodb:PartiQLUpdate",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
    ],
    [table.tableArn],
  ),
  allow(["dynamodb:Query"], [table.tableArn, ...indexArns(table, shape)]),
];

const queues = ({ all }: Lanes): readonly string[] => all.map(({ queue }) => queue.queueArn);

const deadLetterQueues = ({ all }: Lanes): readonly string[] =>
  all.map(({ deadLetterQueue }) => deadLetterQueue.queueArn);

const allow = (actions: readonly string[], resources: readonly string[]): PolicyStatement =>
  new PolicyStatement({ actions: [...actions], resources: [...resources] });
