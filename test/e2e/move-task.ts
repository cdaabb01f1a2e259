import { SQSClient, SQSServiceException, StartMessageMoveTaskCommand } from "@aws-sdk/client-sqs";
import { namesOf } from "../../shared/core/names.ts";
import { account, credentials, region, stage } from "./project.ts";

/** SQS's own redrive, of all letters of lane high. To a queue that did not get them from its lane it must name the lane. */
export const startMoveTask = async (sqs: SQSClient): Promise<void> => {
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
