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

/** What an event source mapping does with a lane, one step at a time. */

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

/** After an invocation: what it has done is deleted; what a dead worker held is seen again, as after its time. */
export const completeBatch = async (
  stage: Environment,
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
    await stage.setup.clients.sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: stage.lane.url, Entries: finished.map(entry) }),
    );
  }
  if (!outcome.ok) await reveal(stage, stage.lane.url, messages);
};

/** As if the lane had lost its messages. */
export const dropAll = async (stage: Environment): Promise<void> => {
  await stage.setup.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: stage.lane.url }));
};

/** The time is over for which a process hid the dead letters that it received. */
export const revealDeadLetters = async (stage: Environment, calls: readonly Call[]): Promise<void> => {
  const hidden = receivedIn(calls);
  if (hidden.length === 0) return;
  await reveal(stage, stage.lane.deadLettersUrl, hidden);
  await wait(1_000);
};

/** Hidden messages can be received again: their visibility timeout is over. A second is the least that fauxqs stands. */
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

/** Visible, hidden and delayed. */
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

/** All dead letters, none of them hidden. */
export const readDeadLetters = async (stage: Environment): Promise<readonly DeadLetter[]> => {
  const { deadLettersUrl } = stage.lane;
  const deadLetters = new Map<string, DeadLetter>();
  const count = await countMessages(stage, deadLettersUrl);
  await until(async () => {
    for (const message of await receive(stage, deadLettersUrl))
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
export const waitUntilEmpty = async (stage: Environment): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while ((await countMessages(stage, stage.lane.url)) > 0) {
    if (performance.now() > deadline) throw new Error("the lane was not empty within 30 seconds");
    await wait(200);
  }
};
