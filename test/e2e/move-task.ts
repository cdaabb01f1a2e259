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

/** Starts SQS's own redrive of lane high. Names the target lane, because SQS did not move the messages there itself. */
export const startMoveTask = async ({ sqs, queues }: Pipeline): Promise<void> => {
  const visible = "ApproximateNumberOfMessages";
  const count = new GetQueueAttributesCommand({
    QueueUrl: queues.deadLetters.high,
    AttributeNames: [visible],
  });
  // A dead letter that the sweeper is reading would not be moved.
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

/** Tries it on a missing queue: an endpoint that supports the call reports the queue, not the call. */
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
