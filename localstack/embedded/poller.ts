import { setTimeout as wait } from "node:timers/promises";
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { done } from "./batch-outcome.ts";
import type { LambdaFunction } from "./function.ts";
import { sqsEvent } from "./sqs-event.ts";

export interface PollerOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly target: Pick<LambdaFunction, "invoke">;
  /** MaximumConcurrency: batches that the function works on at once. */
  readonly concurrency: number;
  /** Something went wrong between the queue and us; it is tried again. */
  readonly onTrouble: (text: string) => void;
}

/** Stands for the event source mapping of one queue. */
export interface Poller {
  /** Take no more messages; resolves when none is being worked on. */
  stop(): Promise<void>;
}

export const startPoller = (options: PollerOptions): Poller => {
  const running = new Set<Promise<void>>();
  let isStopping = false;

  const pollForever = async (): Promise<void> => {
    while (!isStopping) {
      // As MaximumConcurrency does: what nobody could work on is not received.
      if (running.size >= options.concurrency) await Promise.race(running);
      const messages = await receive(options);
      if (isStopping) await giveBack(options, messages);
      else if (messages.length > 0) start(messages);
    }
  };
  const start = (messages: readonly Message[]): void => {
    const batch = work(options, messages).finally(() => running.delete(batch));
    running.add(batch);
  };

  const polling = pollForever();
  return {
    async stop() {
      isStopping = true;
      await polling;
      await Promise.all(running);
    },
  };
};

/** A long poll, short enough to stop soon: fauxqs would go on for a caller that hung up, and hide what it receives. */
const waitSeconds = 1;
const batchSize = 10;

const receive = async ({ sqs, queueUrl, onTrouble }: PollerOptions): Promise<readonly Message[]> => {
  try {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: batchSize,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages;
  } catch (problem) {
    onTrouble(`cannot receive: ${problem}`);
    await wait(1_000);
    return [];
  }
};

/** One batch: invoke the function, delete what it has done. Never rejects. */
const work = async (options: PollerOptions, messages: readonly Message[]): Promise<void> => {
  const outcome = await options.target.invoke(sqsEvent(messages, options.queueArn));
  const ids = new Set(done(messages.map(idOf), outcome));
  const entries = messages.filter((message) => ids.has(idOf(message))).map(entry);
  if (entries.length === 0) return;
  try {
    const { sqs, queueUrl } = options;
    const { Failed = [] } = await sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
    );
    for (const failed of Failed) options.onTrouble(`cannot delete a message: ${failed.Message}`);
  } catch (problem) {
    options.onTrouble(`cannot delete ${entries.length} messages: ${problem}`);
  }
};

/** Received while stopping: visible again in a second, which is the least that fauxqs stands. */
const giveBack = async ({ sqs, queueUrl }: PollerOptions, messages: readonly Message[]): Promise<void> => {
  if (messages.length === 0) return;
  const entries = messages.map((message, index) => ({ ...entry(message, index), VisibilityTimeout: 1 }));
  await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
};

const idOf = (message: Message): string => message.MessageId ?? "";

const entry = (message: Message, index: number) => ({
  Id: String(index),
  ReceiptHandle: message.ReceiptHandle ?? "",
});
