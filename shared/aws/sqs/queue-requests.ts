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

/** All requests about a queue's messages, as plain data. */

/** SQS has the same limit for a request as for a message. */
export const maxBytes = maxMessageBytes;
const maxEntries = 10;

/** A message and its position in the caller's list. */
export interface Placed {
  readonly position: number;
  readonly message: OutgoingMessage;
}

/** Build a send request. Each entry's id is its message's position in the caller's list. */
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

/** Replace what SQS refuses in an attribute: an empty text, and characters outside its set. */
const sendableReason = (reason: string): string => reason.replaceAll(refused, "\ufffd") || "none given";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule of SQS names them
const refused = /[^\u{9}\u{A}\u{D}\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** Characters that SQS refuses and JSON text may contain. JSON escapes all other control characters. */
const refusedInJson = /[\p{Cs}\ufffe\uffff]/gu;

/** Escape what SQS refuses in a JSON body. A body that is not JSON came from a queue, so a queue accepts it. */
const sendable = (body: string): string =>
  body.search(refusedInJson) >= 0 && isJson(body)
    ? body.replace(refusedInJson, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`)
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

/** The message group of a tenant: its own name if SQS allows that, for readability, else its hash. */
export const groupOf = (tenant: string): string =>
  groupPattern.test(tenant) ? tenant : createHash("sha256").update(tenant).digest("base64url");

/** Split messages into requests that SQS accepts. No single message may be too large. */
export const sendBatches = (messages: readonly Placed[]): readonly (readonly Placed[])[] =>
  groupsOf(messages, { count: maxEntries, bytes: maxBytes, bytesOf: ({ message }) => sizeOf(message) });

/** The size of a message as SQS counts it: the body, and the names, types and values of attributes. */
export const sizeOf = (message: OutgoingMessage): number =>
  Object.entries(attributesOf(message)).reduce(
    (sum, [name, text]) => sum + bytesOf(`${name}String${text}`),
    bytesOf(sendable(message.body)),
  );

/** Receive dead letters by a long poll, which asks every server of SQS. A short poll may miss messages. */
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
