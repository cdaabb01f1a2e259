import { createHash } from "node:crypto";
import type {
  MessageAttributeValue,
  ReceiveMessageCommandInput,
  SendMessageBatchCommandInput,
  SendMessageBatchRequestEntry,
} from "@aws-sdk/client-sqs";
import { bytesOf } from "../../core/json.ts";
import { maxMessageBytes } from "../../core/runs/message.ts";
import type { OutgoingMessage, TextAttributes } from "../../ports/index.ts";
import { groupsOf } from "../dynamodb/store.ts";

/** Every request about a queue's messages, as plain data. */

/** SQS takes as much in one request as in one message. */
export const maxBytes = maxMessageBytes;
const maxEntries = 10;

/** A message and its place in the caller's list. */
export interface Placed {
  readonly position: number;
  readonly message: OutgoingMessage;
}

/** Each entry's id is its message's place in the caller's list. */
export const sendRequest = (url: string, batch: readonly Placed[]): SendMessageBatchCommandInput => ({
  QueueUrl: url,
  Entries: batch.map(toEntry),
});

const toEntry = ({ position, message }: Placed): SendMessageBatchRequestEntry => {
  const { body, delaySeconds, tenant } = message;
  const attributes = Object.entries(attributesOf(message));
  return {
    Id: String(position),
    MessageBody: sendable(body),
    ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
    ...(tenant !== undefined && { MessageGroupId: groupOf(tenant) }),
    ...(attributes.length > 0 && {
      MessageAttributes: Object.fromEntries(attributes.map(([name, text]) => [name, textAttribute(text)])),
    }),
  };
};

const attributesOf = ({ attributes, reason }: OutgoingMessage): TextAttributes => ({
  ...attributes,
  ...(reason !== undefined && { [reasonAttribute]: sendableReason(reason) }),
});

export const reasonAttribute = "reason";

const textAttribute = (text: string): MessageAttributeValue => ({ DataType: "String", StringValue: text });

/** SQS refuses an attribute that is empty, and the whole message for one character outside its set. */
const sendableReason = (reason: string): string => reason.replaceAll(refused, "\ufffd") || "none given";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule of SQS names them
const refused = /[^\u{9}\u{A}\u{D}\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** What SQS refuses and JSON text may hold: other control characters are never in it unescaped. */
const awkward = /[\p{Cs}\ufffe\uffff]/gu;

/** JSON can say awkward characters in others. A body that is not JSON came from a queue, and will go into one. */
const sendable = (body: string): string =>
  body.search(awkward) >= 0 && isJson(body)
    ? body.replace(awkward, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`)
    : body;

const isJson = (body: string): boolean => {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
};

const groupPattern = /^[\x21-\x7e]{1,128}$/;

/** A tenant as SQS lets a group be named: its own text where that will do, so that a person can read it. */
export const groupOf = (tenant: string): string =>
  groupPattern.test(tenant) ? tenant : createHash("sha256").update(tenant).digest("base64url");

/** The messages in requests that SQS takes, none of them too large for one. */
export const sendBatches = (messages: readonly Placed[]): readonly (readonly Placed[])[] =>
  groupsOf(messages, { count: maxEntries, bytes: maxBytes, bytesOf: ({ message }) => sizeOf(message) });

/** As SQS counts: the body, and the names, types and values of attributes. */
export const sizeOf = (message: OutgoingMessage): number =>
  Object.entries(attributesOf(message)).reduce(
    (sum, [name, text]) => sum + bytesOf(`${name}String${text}`),
    bytesOf(sendable(message.body)),
  );

/** Long polls ask every server of SQS, where short ones may miss a message that is there. */
export const receiveDeadLettersRequest = (
  url: string,
  hiddenSeconds: number,
): ReceiveMessageCommandInput => ({
  QueueUrl: url,
  MaxNumberOfMessages: 10,
  VisibilityTimeout: Math.max(1, hiddenSeconds),
  WaitTimeSeconds: 1,
  MessageAttributeNames: ["All"],
  MessageSystemAttributeNames: ["SentTimestamp"],
});
