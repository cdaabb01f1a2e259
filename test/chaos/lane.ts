import { setTimeout as wait } from "node:timers/promises";
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import type { Call } from "../../localstack/chaos/call.ts";
import { completedMessages } from "../../localstack/embedded/batch-outcome.ts";
import type { Invocation } from "../../localstack/embedded/invocation.ts";
import { sqsEvent } from "../../localstack/embedded/sqs-event.ts";
import { parseMessage } from "../../shared/core/runs/message.ts";
import { until } from "../localstack/until.ts";
import type { Environment } from "./environment.ts";
import { receivedIn } from "./record.ts";

/** The steps of an event source mapping, one by one. */

export const receive = async ({ setup, lane }: Environment, url = lane.url): Promise<readonly Message[]> => {
  const { Messages = [] } = await setup.clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    }),
  );
  return Messages;
};

export const eventOf = ({ lane }: Environment, messages: readonly Message[]) => sqsEvent(messages, lane.arn);

/** Ends a batch: deletes the completed messages, or reveals all after a failure, as their visibility timeout would. */
export const completeBatch = async (
  environment: Environment,
  messages: readonly Message[],
  outcome: Invocation,
): Promise<void> => {
  const ids = new Set(
    completedMessages(
      messages.map(({ MessageId = "" }) => MessageId),
      outcome,
    ),
  );
  const finished = messages.filter(({ MessageId = "" }) => ids.has(MessageId));
  if (finished.length > 0) {
    await environment.setup.clients.sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: environment.lane.url, Entries: finished.map(entry) }),
    );
  }
  if (!outcome.ok) await reveal(environment, environment.lane.url, messages);
};

/** Loses all messages of the lane. */
export const dropAll = async (environment: Environment): Promise<void> => {
  await environment.setup.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: environment.lane.url }));
};

/** Ends the visibility timeout of the dead letters that a process received. */
export const revealDeadLetters = async (environment: Environment, calls: readonly Call[]): Promise<void> => {
  const hidden = receivedIn(calls);
  if (hidden.length === 0) return;
  await reveal(environment, environment.lane.deadLettersUrl, hidden);
  await wait(1_000);
};

/** Makes hidden messages visible after a second, the minimum of fauxqs. */
const reveal = async (
  { setup }: Environment,
  url: string,
  messages: readonly Pick<Message, "ReceiptHandle">[],
): Promise<void> => {
  for (let i = 0; i < messages.length; i += 10) {
    const Entries = messages.slice(i, i + 10).map(entry);
    await setup.clients.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: Entries.map((each) => ({ ...each, VisibilityTimeout: 1 })),
      }),
    );
  }
};

const entry = ({ ReceiptHandle = "" }: Pick<Message, "ReceiptHandle">, index: number) => ({
  Id: String(index),
  ReceiptHandle,
});

/** Counts visible, hidden and delayed messages. */
export const countMessages = async ({ setup }: Environment, url: string): Promise<number> => {
  const { Attributes = {} } = await setup.clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
  );
  return Object.entries(Attributes)
    .filter(([name]) => name.startsWith("ApproximateNumberOfMessages"))
    .reduce((sum, [, count]) => sum + Number(count), 0);
};

export interface DeadLetter {
  readonly reason: string | undefined;
  /** Undefined when its body is not a message. */
  readonly run: string | undefined;
}

/** Reads all dead letters. None may be hidden. */
export const readDeadLetters = async (environment: Environment): Promise<readonly DeadLetter[]> => {
  const { deadLettersUrl } = environment.lane;
  const deadLetters = new Map<string, DeadLetter>();
  const count = await countMessages(environment, deadLettersUrl);
  await until(async () => {
    for (const message of await receive(environment, deadLettersUrl))
      deadLetters.set(message.MessageId ?? "", toDeadLetter(message));
    return deadLetters.size >= count;
  });
  return [...deadLetters.values()];
};

const toDeadLetter = ({ Body = "", MessageAttributes: { reason } = {} }: Message): DeadLetter => {
  const parsed = parseMessage(Body);
  return {
    reason: reason?.StringValue,
    run: "message" in parsed ? parsed.message.id : undefined,
  };
};

/** Waits until the lane is empty: everything has been delivered and acknowledged. */
export const waitUntilEmpty = async (environment: Environment): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while ((await countMessages(environment, environment.lane.url)) > 0) {
    if (performance.now() > deadline) throw new Error("the lane was not empty within 30 seconds");
    await wait(200);
  }
};
