import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { runsTable, stateTable } from "../../shared/aws/dynamodb/tables.ts";
import type { PipelineEnv } from "../../shared/aws/env.ts";
import { type LaneName, lanes } from "../../shared/core/lane.ts";
import { access, names, queueUrl, region, stage, tableNamesOf } from "./address.ts";
import { createLane } from "./queues.ts";
import { createTable } from "./table.ts";

/** All variables that a process needs to find the pipeline. */
export type StackEnv = PipelineEnv & {
  readonly AWS_REGION: string;
  /** Read by boto3 and the AWS CLI instead of `AWS_REGION`. */
  readonly AWS_DEFAULT_REGION: string;
  readonly AWS_ENDPOINT_URL_SQS: string;
  readonly AWS_ENDPOINT_URL_DYNAMODB: string;
  readonly AWS_ENDPOINT_URL_LAMBDA: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
};

export interface ResourcesOptions {
  readonly sqsUrl: string;
  readonly dynamodbUrl: string;
  readonly lambdaUrl: string;
  /** How long a received message stays hidden, instead of each lane's own time. */
  readonly visibilityMs?: number | undefined;
}

const tableNames = tableNamesOf(names);

/** Creates the missing tables and queues of the stack. @returns the variables that name them */
export const createResources = async (options: ResourcesOptions): Promise<StackEnv> => {
  const { sqsUrl, dynamodbUrl, visibilityMs } = options;
  const dynamodb = new DynamoDBClient({ ...access, endpoint: dynamodbUrl });
  const sqs = new SQSClient({ ...access, endpoint: sqsUrl });
  try {
    await createTable(dynamodb, tableNames.runs, runsTable);
    await createTable(dynamodb, tableNames.state, stateTable);
    for (const { name } of lanes) await createLane(sqs, name, visibilityMs);
  } finally {
    dynamodb.destroy();
    sqs.destroy();
  }
  return stackEnv(options);
};

const stackEnv = ({ sqsUrl, dynamodbUrl, lambdaUrl }: ResourcesOptions): StackEnv => {
  const laneUrl = (lane: LaneName) => queueUrl(sqsUrl, names.queue(lane));
  const deadLetterUrl = (lane: LaneName) => queueUrl(sqsUrl, names.deadLetterQueue(lane));
  return {
    MILLRACE_STAGE: stage,
    MILLRACE_RUNS_TABLE: tableNames.runs,
    MILLRACE_STATE_TABLE: tableNames.state,
    MILLRACE_QUEUE_CRITICAL: laneUrl("critical"),
    MILLRACE_QUEUE_HIGH: laneUrl("high"),
    MILLRACE_QUEUE_NORMAL: laneUrl("normal"),
    MILLRACE_QUEUE_LOW: laneUrl("low"),
    MILLRACE_DLQ_CRITICAL: deadLetterUrl("critical"),
    MILLRACE_DLQ_HIGH: deadLetterUrl("high"),
    MILLRACE_DLQ_NORMAL: deadLetterUrl("normal"),
    MILLRACE_DLQ_LOW: deadLetterUrl("low"),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL_SQS: sqsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl,
    AWS_ENDPOINT_URL_LAMBDA: lambdaUrl,
    AWS_ACCESS_KEY_ID: access.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.credentials.secretAccessKey,
  };
};
