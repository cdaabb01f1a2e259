import {
  GetQueueAttributesCommand,
  SQSClient,
  SQSServiceException,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { account, credentials, region } from "../../localstack/endpoint/access.ts";
import type { Endpoint } from "../../localstack/endpoint/endpoint.ts";
import { stage } from "../../localstack/endpoint/project.ts";
import { namesOf } from "../../shared/core/names.ts";
import { eventually } from "./eventually.ts";
import type { Pipeline } from "./pipeline.ts";

/**
 * Empties the DLQ of lane high by SQS's own redrive. Names the target lane, because SQS did not move the messages there
 * itself. A task does not move a dead letter that the sweeper is reading, so another task follows when that one is
 * visible again.
 */
export const moveDeadLetters = async (pipeline: Pipeline): Promise<void> => {
  await eventually(
    async () => {
      const { visible, hidden } = await deadLetterCounts(pipeline);
      if (visible > 0) await startMoveTask(pipeline.sqs);
      return visible + hidden;
    },
    (left) => left === 0,
  );
};

const startMoveTask = async (sqs: SQSClient): Promise<void> => {
  const names = namesOf(stage);
  const task = new StartMessageMoveTaskCommand({
    SourceArn: queueArn(names.deadLetterQueue("high")),
    DestinationArn: queueArn(names.queue("high")),
  });
  try {
    await sqs.send(task);
  } catch (error) {
    const isRunning = error instanceof SQSServiceException && /already|active/i.test(error.message);
    if (!isRunning) throw error;
  }
};

const deadLetterCounts = async ({ sqs, queues }: Pipeline) => {
  const visible = "ApproximateNumberOfMessages";
  const hidden = "ApproximateNumberOfMessagesNotVisible";
  const request = new GetQueueAttributesCommand({
    QueueUrl: queues.deadLetters.high,
    AttributeNames: [visible, hidden],
  });
  const { Attributes: counts } = await sqs.send(request);
  return { visible: Number(counts?.[visible] ?? 0), hidden: Number(counts?.[hidden] ?? 0) };
};

export const endpointHasMoveTask = async (endpoint: Endpoint): Promise<boolean> => {
  if (endpoint.kind === "none") return false;
  return endpoint.kind === "given" ? await knowsMoveTask(endpoint.url) : endpoint.emulator.hasMoveTask;
};

/** Tries it on a missing queue: an endpoint that supports the call reports the queue, not the call. */
const knowsMoveTask = async (url: string): Promise<boolean> => {
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
