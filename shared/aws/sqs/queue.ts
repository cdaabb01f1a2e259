import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type GetQueueAttributesCommandInput,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchCommandOutput,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { LaneName } from "../../core/lane.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { DeadLetter, OutgoingMessage, Queue, TextAttributes } from "../../ports/index.ts";
import {
  maxBytes,
  type Placed,
  reasonAttribute,
  receiveDeadLettersRequest,
  sendBatches,
  sendRequest,
  sizeOf,
} from "./queue-requests.ts";

/** The URL of each lane's queue. */
export type LaneUrls = Readonly<Record<LaneName, string>>;

export interface QueueOptions {
  readonly sqs: SQSClient;
  readonly lanes: LaneUrls;
  readonly deadLetters: LaneUrls;
}

/** Create the part of the queue port that enqueueing needs. */
export const createSender = ({ sqs, lanes }: Pick<QueueOptions, "sqs" | "lanes">): Pick<Queue, "send"> => ({
  send: (messages) => sendAll(sqs, lanes, messages),
});

/** Create the queue port on the lanes and their dead-letter queues. */
export const createQueue = ({ sqs, lanes, deadLetters }: QueueOptions): Queue => ({
  ...createSender({ sqs, lanes }),
  sendDeadLetters: (deadLetterMessages) => sendAll(sqs, deadLetters, deadLetterMessages),
  // Never 0 seconds: fauxqs loses the message.
  hide: async (lane, receipt, seconds) => {
    const VisibilityTimeout = Math.max(1, seconds);
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: lanes[lane],
        ReceiptHandle: receipt,
        VisibilityTimeout,
      }),
    );
  },
  depth: async (lane) => {
    const [alive, dead] = await Promise.all([count(sqs, lanes[lane]), count(sqs, deadLetters[lane])]);
    return { ...alive, dead: dead.visible + dead.inFlight + dead.delayed };
  },
  receiveDeadLetters: async (lane, hiddenSeconds) => {
    const request = receiveDeadLettersRequest(deadLetters[lane], hiddenSeconds);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    return Messages.flatMap(toDeadLetter);
  },
  deleteDeadLetter: async (lane, { receipt }) => {
    await sqs.send(new DeleteMessageCommand({ QueueUrl: deadLetters[lane], ReceiptHandle: receipt }));
  },
});

/** Send messages. Requests are sent concurrently, and a failed request affects only its own messages. */
const sendAll = async (
  sqs: SQSClient,
  urls: LaneUrls,
  messages: readonly OutgoingMessage[],
): Promise<readonly (string | undefined)[]> => {
  const problems = messages.map(tooLarge);
  const placed = messages.map((message, position) => ({ message, position }));
  const sendable = placed.filter(({ position }) => problems[position] === undefined);
  const byLane = Map.groupBy(sendable, ({ message }) => message.lane);
  const batches = [...byLane].flatMap(([lane, all]) =>
    sendBatches(all).map((batch) => ({ url: urls[lane], batch })),
  );
  await Promise.all(
    batches.map(async ({ url, batch }) => {
      const problemOf = await sendBatch(sqs, url, batch);
      for (const { position } of batch) problems[position] = problemOf(String(position));
    }),
  );
  return problems;
};

const tooLarge = (message: OutgoingMessage): string | undefined => {
  const size = sizeOf(message);
  return size <= maxBytes ? undefined : `expected a message of at most ${maxBytes} bytes, got ${size}`;
};

const sendBatch = async (sqs: SQSClient, url: string, batch: readonly Placed[]) => {
  try {
    return problemsIn(await sqs.send(new SendMessageBatchCommand(sendRequest(url, batch))));
  } catch (error) {
    return () => String(error);
  }
};

/** The problem of each entry: with HTTP 200 each entry has succeeded or failed on its own. */
const problemsIn = ({ Successful = [], Failed = [] }: SendMessageBatchCommandOutput) => {
  const sent = new Set(Successful.map(({ Id }) => Id));
  const failed = new Map(
    Failed.map(({ Id, Code, Message }) => [Id, `${Code}: ${Message ?? "no reason given"}`]),
  );
  return (id: string): string | undefined =>
    sent.has(id) ? undefined : (failed.get(id) ?? "SQS did not say whether it has the message");
};

const count = async (sqs: SQSClient, url: string) => {
  const { Attributes: counts = {} } = await sqs.send(new GetQueueAttributesCommand(depthRequest(url)));
  return {
    visible: Number(counts.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(counts.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(counts.ApproximateNumberOfMessagesDelayed ?? 0),
  };
};

const depthRequest = (url: string): GetQueueAttributesCommandInput => ({
  QueueUrl: url,
  AttributeNames: [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
  ],
});

const toDeadLetter = ({
  Body,
  ReceiptHandle,
  MessageId,
  MessageAttributes,
  Attributes,
}: Message): DeadLetter[] => {
  if (Body === undefined || ReceiptHandle === undefined || MessageId === undefined) return [];
  const { [reasonAttribute]: reason, ...attributes } = textsIn(MessageAttributes);
  return [
    withoutUndefined({
      body: Body,
      receipt: ReceiptHandle,
      messageId: MessageId,
      sentAt: Number(Attributes?.SentTimestamp ?? 0),
      reason,
      ...(Object.keys(attributes).length > 0 && { attributes }),
    }),
  ];
};

const textsIn = (attributes: Message["MessageAttributes"] = {}): TextAttributes =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { DataType, StringValue }]) =>
      DataType === "String" && StringValue !== undefined ? [[name, StringValue]] : [],
    ),
  );
