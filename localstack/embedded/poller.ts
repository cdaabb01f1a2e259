import { setTimeout as wait } from "node:timers/promises";
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { completedMessages } from "./batch-outcome.ts";
import type { EndedWorker } from "./ended-worker.ts";
import type { LambdaFunction } from "./function.ts";
import type { LongPolls } from "./long-polls.ts";
import type { HeldMessage, Released } from "./release-runs.ts";
import { sqsEvent } from "./sqs-event.ts";

export interface PollerOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly target: Pick<LambdaFunction, "invoke">;
  /** Ends a long poll when the poller stops. Absent: polls are short, so that they end soon. */
  readonly longPolls?: LongPolls;
  /** MaximumConcurrency: the maximum number of concurrent batches. */
  readonly concurrency: number;
  /**
   * Called when the function's process ended during a batch. Absent: its messages become visible at the end of their
   * visibility timeout, as on AWS.
   * @returns for each message, after how many seconds it becomes visible
   */
  readonly onWorkerEnd?: (
    messages: readonly HeldMessage[],
    worker: EndedWorker,
  ) => Promise<readonly Released[]>;
  /** Reports a failed request to the queue, which is retried. */
  readonly onProblem: (text: string) => void;
}

/** Replaces the event source mapping of one queue. */
export interface Poller {
  /** Receives no more messages; resolves when all batches have ended. */
  stop(): Promise<void>;
}

export const startPoller = (options: PollerOptions): Poller => {
  const running = new Set<Promise<void>>();
  let isStopping = false;

  const pollForever = async (): Promise<void> => {
    while (!isStopping) {
      // Like MaximumConcurrency: does not receive messages while all workers are busy.
      if (running.size >= options.concurrency) await Promise.race(running);
      const messages = await receive(options);
      if (isStopping) await giveBack(options, messages);
      else if (messages.length > 0) start(messages);
    }
  };
  const start = (messages: readonly Message[]): void => {
    const batch = processBatch(options, messages).finally(() => running.delete(batch));
    running.add(batch);
  };

  const polling = pollForever();
  return {
    async stop() {
      isStopping = true;
      options.longPolls?.end();
      await polling;
      await Promise.all(running);
    },
  };
};

/** The maximum of SQS. Each poll takes 1.5 ms of processor time. */
const longPollSeconds = 20;
const shortPollSeconds = 1;
const batchSize = 10;

const receive = async ({
  sqs,
  queueUrl,
  longPolls,
  onProblem,
}: PollerOptions): Promise<readonly Message[]> => {
  try {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: batchSize,
        WaitTimeSeconds: longPolls ? longPollSeconds : shortPollSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages;
  } catch (problem) {
    onProblem(`cannot receive: ${problem}`);
    await wait(1_000);
    return [];
  }
};

/** Invokes the function with one batch and deletes the completed messages. Never rejects. */
const processBatch = async (options: PollerOptions, messages: readonly Message[]): Promise<void> => {
  const outcome = await options.target.invoke(sqsEvent(messages, options.queueArn));
  if (!outcome.ok && outcome.ended) await release(options, messages, outcome.ended);
  const ids = new Set(completedMessages(messages.map(idOf), outcome));
  const entries = messages.filter((message) => ids.has(idOf(message))).map(entry);
  if (entries.length === 0) return;
  try {
    const { sqs, queueUrl } = options;
    const { Failed = [] } = await sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
    );
    for (const failed of Failed) options.onProblem(`cannot delete a message: ${failed.Message}`);
  } catch (problem) {
    options.onProblem(`cannot delete ${entries.length} messages: ${problem}`);
  }
};

/** Makes the messages of an ended worker visible without waiting for their visibility timeout. Never rejects. */
const release = async (
  options: PollerOptions,
  messages: readonly Message[],
  worker: EndedWorker,
): Promise<void> => {
  if (!options.onWorkerEnd) return;
  try {
    const held = messages.map((message) => ({ messageId: idOf(message), body: message.Body ?? "" }));
    const released = await options.onWorkerEnd(held, worker);
    const seconds = new Map(released.map((each) => [each.messageId, each.visibleInSeconds]));
    await changeVisibility(options, messages, (message) => seconds.get(idOf(message)));
  } catch (problem) {
    options.onProblem(`cannot release the runs of a worker that ended: ${problem}`);
  }
};

/** Returns messages received while stopping. They are visible again in a second, the minimum of fauxqs. */
const giveBack = (options: PollerOptions, messages: readonly Message[]): Promise<void> =>
  changeVisibility(options, messages, () => 1);

const changeVisibility = async (
  { sqs, queueUrl }: PollerOptions,
  messages: readonly Message[],
  secondsOf: (message: Message) => number | undefined,
): Promise<void> => {
  const entries = messages.flatMap((message, index) => {
    const VisibilityTimeout = secondsOf(message);
    return VisibilityTimeout === undefined ? [] : [{ ...entry(message, index), VisibilityTimeout }];
  });
  if (entries.length === 0) return;
  await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
};

const idOf = (message: Message): string => message.MessageId ?? "";

const entry = (message: Message, index: number) => ({
  Id: String(index),
  ReceiptHandle: message.ReceiptHandle ?? "",
});
