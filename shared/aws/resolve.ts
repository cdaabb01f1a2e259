import { GetQueueUrlCommand, ListQueueTagsCommand, SQSClient } from "@aws-sdk/client-sqs";
import { NotFoundError } from "../core/errors.ts";
import type { LaneName } from "../core/lane.ts";
import { namesOf } from "../core/names.ts";
import { tableTags } from "./dynamodb/tables.ts";
import type { PipelineEnv, SenderEnv } from "./env.ts";

/**
 * Look up the tables and lanes of a deployed stage: the queues by their names, in the account and region of the
 * standard AWS variables, and the tables by the tags of a queue.
 * @throws NotFoundError when there is no such stage; Error when its queues have no table tags.
 */
export const resolveSender = async (stage: string, sqs = new SQSClient()): Promise<SenderEnv> => {
  const names = namesOf(stage);
  const urls = await urlsOf(sqs, stage, names.queue);
  const tables = await tablesOf(sqs, urls.critical, stage);
  return {
    MILLRACE_STAGE: stage,
    MILLRACE_RUNS_TABLE: tables.runs,
    MILLRACE_STATE_TABLE: tables.state,
    MILLRACE_QUEUE_CRITICAL: urls.critical,
    MILLRACE_QUEUE_HIGH: urls.high,
    MILLRACE_QUEUE_NORMAL: urls.normal,
    MILLRACE_QUEUE_LOW: urls.low,
  };
};

/** Look up the tables, lanes and dead-letter queues of a deployed stage, for operators. */
export const resolveStage = async (stage: string, sqs = new SQSClient()): Promise<PipelineEnv> => {
  const names = namesOf(stage);
  const [sender, urls] = await Promise.all([
    resolveSender(stage, sqs),
    urlsOf(sqs, stage, names.deadLetterQueue),
  ]);
  return {
    ...sender,
    MILLRACE_DLQ_CRITICAL: urls.critical,
    MILLRACE_DLQ_HIGH: urls.high,
    MILLRACE_DLQ_NORMAL: urls.normal,
    MILLRACE_DLQ_LOW: urls.low,
  };
};

const urlsOf = async (
  sqs: SQSClient,
  stage: string,
  nameOf: (lane: LaneName) => string,
): Promise<Readonly<Record<LaneName, string>>> => {
  const urlIn = (lane: LaneName): Promise<string> => urlOf(sqs, nameOf(lane), stage);
  const [critical, high, normal, low] = await Promise.all([
    urlIn("critical"),
    urlIn("high"),
    urlIn("normal"),
    urlIn("low"),
  ]);
  return { critical, high, normal, low };
};

/** The region that requests go to, by the standard variables and files of AWS. */
export const regionInUse = async (): Promise<string | undefined> => {
  const sqs = new SQSClient();
  try {
    return await sqs.config.region();
  } catch {
    return undefined;
  } finally {
    sqs.destroy();
  }
};

const urlOf = async (sqs: SQSClient, name: string, stage: string): Promise<string> => {
  try {
    const { QueueUrl = "" } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    return QueueUrl;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "QueueDoesNotExist") throw error;
    const region = await sqs.config.region();
    throw new NotFoundError(
      {
        kind: "stage",
        name: stage,
        reason: `queue ${name} does not exist in ${region}`,
        remedy: "deploy it, or check AWS_PROFILE and AWS_REGION",
      },
      { cause: error },
    );
  }
};

const tablesOf = async (sqs: SQSClient, QueueUrl: string, stage: string) => {
  const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
  const { [tableTags.runs]: runs, [tableTags.state]: state } = Tags;
  if (runs && state) return { runs, state };
  throw new Error(
    `the queues of stage "${stage}" have no tags "${tableTags.runs}" and "${tableTags.state}": deploy the stage again with this version`,
  );
};
