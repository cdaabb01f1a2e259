import { GetQueueUrlCommand, ListQueueTagsCommand, SQSClient } from "@aws-sdk/client-sqs";
import { NotFoundError } from "../core/errors.ts";
import { type LaneName, laneNames } from "../core/lane.ts";
import { namesOf } from "../core/names.ts";
import type { PipelineEnv } from "./env.ts";
import { tableTags } from "./tables.ts";

/**
 * Where a deployed stage's tables and queues are: the queues by their names, in the account and region that the
 * standard variables of AWS name, and the tables by the tags of a queue.
 * @throws Error when there is no such stage, or when its queues say nothing of tables.
 */
export const resolveStage = async (stage: string, sqs = new SQSClient()): Promise<PipelineEnv> => {
  const names = namesOf(stage);
  const all = laneNames.flatMap((lane) => [names.queue(lane), names.deadLetterQueue(lane)]);
  const urls = new Map(
    await Promise.all(all.map(async (name) => [name, await urlOf(sqs, name, stage)] as const)),
  );
  const tables = await tablesOf(sqs, urls.get(names.queue("critical")), stage);
  const lane = (name: LaneName): string => urls.get(names.queue(name)) ?? "";
  const letters = (name: LaneName): string => urls.get(names.deadLetterQueue(name)) ?? "";
  return {
    MILLRACE_STAGE: stage,
    MILLRACE_RUNS_TABLE: tables.runs,
    MILLRACE_STATE_TABLE: tables.state,
    MILLRACE_QUEUE_CRITICAL: lane("critical"),
    MILLRACE_QUEUE_HIGH: lane("high"),
    MILLRACE_QUEUE_NORMAL: lane("normal"),
    MILLRACE_QUEUE_LOW: lane("low"),
    MILLRACE_DLQ_CRITICAL: letters("critical"),
    MILLRACE_DLQ_HIGH: letters("high"),
    MILLRACE_DLQ_NORMAL: letters("normal"),
    MILLRACE_DLQ_LOW: letters("low"),
  };
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
      `there is no stage "${stage}": queue ${name} does not exist in ${region}; deploy it, or check AWS_PROFILE and AWS_REGION`,
      { cause: error },
    );
  }
};

const tablesOf = async (sqs: SQSClient, QueueUrl: string | undefined, stage: string) => {
  const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
  const { [tableTags.runs]: runs, [tableTags.state]: state } = Tags;
  if (runs && state) return { runs, state };
  throw new Error(
    `the queues of stage "${stage}" have no tags "${tableTags.runs}" and "${tableTags.state}": deploy the stage again with this version`,
  );
};
