import { CreateQueueCommand, SetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type LaneName, maxReceiveCount, messageRetentionMs, visibilityMs } from "../../shared/core/lane.ts";
import { arn, names } from "./address.ts";

/** Creates a lane's queue and its dead-letter queue. @param hiddenMs instead of the lane's own visibility timeout */
export const createLane = async (sqs: SQSClient, lane: LaneName, hiddenMs?: number): Promise<void> => {
  const MessageRetentionPeriod = seconds(messageRetentionMs);
  await createQueue(sqs, names.deadLetterQueue(lane), { MessageRetentionPeriod });
  await createQueue(sqs, names.queue(lane), {
    MessageRetentionPeriod,
    VisibilityTimeout: seconds(hiddenMs ?? visibilityMs(lane)),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: arn("sqs", names.deadLetterQueue(lane)),
      maxReceiveCount,
    }),
  });
};

/** Two steps, because creating an existing queue with other attributes is refused. */
const createQueue = async (
  sqs: SQSClient,
  name: string,
  attributes: Record<string, string>,
): Promise<void> => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: attributes }));
};

const seconds = (ms: number): string => String(Math.ceil(ms / 1_000));
