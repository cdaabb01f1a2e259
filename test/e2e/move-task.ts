import {
  GetQueueAttributesCommand,
  SQSClient,
  SQSServiceException,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { account, credentials, region } from "../../localstack/endpoint/access.ts";
import { stage } from "../../localstack/endpoint/project.ts";
import { namesOf } from "../../shared/core/names.ts";
import { eventually } from "./eventually.ts";
import type { Pipeline } from "./pipeline.ts";

/** SQS's own redrive, of the letters of lane high. It names the lane, since it was not SQS that put them there. */
export const startMoveTask = async ({ sqs, queues }: Pipeline): Promise<void> => {
  const visible = "ApproximateNumberOfMessages";
  const count = new GetQueueAttributesCommand({
    QueueUrl: queues.deadLetters.high,
    AttributeNames: [visible],
  });
  // A letter that the sweeper is reading would be left behind.
  await eventually(
    async () => (await sqs.send(count)).Attributes,
    (counts) => Number(counts?.[visible]) > 0,
  );
  const names = namesOf(stage);
  await sqs.send(
    new StartMessageMoveTaskCommand({
      SourceArn: queueArn(names.deadLetterQueue("high")),
      DestinationArn: queueArn(names.queue("high")),
    }),
  );
};

/** Asked about a queue that is nowhere: who knows the call complains of the queue, not of the call. */
export const knowsMoveTask = async (url: string): Promise<boolean> => {
  const sqs = new SQSClient({ endpoint: url, region, credentials });
  try {
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: queueArn("millrace-nowhere") }));
    return true;
  } catch (error) {
    if (!(error instanceof SQSServiceException)) throw error;
    return !unknownCall.has(error.name) && error.$metadata.httpStatusCode !== 501;
  } finally {
    sqs.destroy();
  }
};

const unknownCall: ReadonlySet<string> = new Set(["InvalidAction", "UnknownOperationException"]);

const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;
