import { describe, expect, test } from "@jest/globals";
import {
  groupOf,
  receiveDeadLettersRequest,
  sendBatches,
  sendRequest,
  sizeOf,
} from "../../../shared/aws/sqs/queue-requests.ts";
import type { OutgoingMessage } from "../../../shared/ports/index.ts";
import { many } from "../../../shared/testing/contract/rows.ts";

const message = (body: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  lane: "normal",
  body,
  delaySeconds: 0,
  ...more,
});

const place = (messages: readonly OutgoingMessage[]) =>
  messages.map((each, position) => ({ message: each, position }));

describe("a send", () => {
  test("uses the position of each message as its entry's id", () => {
    const batch = [
      { position: 4, message: message("a") },
      { position: 7, message: message("b", { delaySeconds: 9, tenant: "acme", reason: "broken" }) },
    ];
    expect(sendRequest("url", batch)).toEqual({
      QueueUrl: "url",
      Entries: [
        { Id: "4", MessageBody: "a" },
        {
          Id: "7",
          MessageBody: "b",
          DelaySeconds: 9,
          MessageGroupId: "acme",
          MessageAttributes: { reason: { DataType: "String", StringValue: "broken" } },
        },
      ],
    });
  });

  test("escapes what SQS refuses in JSON, and leaves what is not JSON alone", () => {
    const bodies = ['{"t":"é🚂\uffff\ud83d"}', "é🚂\uffff"];
    const { Entries } = sendRequest("url", place(bodies.map((body) => message(body))));
    expect(Entries?.map(({ MessageBody }) => MessageBody)).toEqual([
      '{"t":"é🚂\\uffff\\ud83d"}',
      "é🚂\uffff",
    ]);
  });
});

describe("batches", () => {
  const sizesOf = (messages: readonly OutgoingMessage[]) =>
    sendBatches(place(messages)).map(({ length }) => length);

  test("have ten messages at most", () => {
    expect(sizesOf(many(25, (i) => message(`${i}`)))).toEqual([10, 10, 5]);
    expect(sizesOf([])).toEqual([]);
  });

  test("have 1 MiB at most, in bytes of UTF-8", () => {
    expect(sizesOf(many(5, () => message("é".repeat(262_144))))).toEqual([2, 2, 1]);
    expect(sizesOf([message("a".repeat(1_048_575)), message("b"), message("c")])).toEqual([2, 1]);
  });

  test("count attributes", () => {
    expect(sizeOf(message("é", { reason: "é" }))).toBe(2 + "reason".length + "String".length + 2);
  });
});

describe("a tenant's group", () => {
  test("has the tenant's name where SQS allows it", () => {
    expect(groupOf("acme/eu:1")).toBe("acme/eu:1");
  });

  test.each(["", "a b", "ñ", "x".repeat(129)])("has another name where it does not: %j", (tenant) => {
    expect(groupOf(tenant)).toMatch(/^[\w-]{43}$/);
    expect(groupOf(tenant)).toBe(groupOf(tenant));
    expect(groupOf(tenant)).not.toBe(groupOf(`${tenant}.`));
  });
});

test("receives dead letters by a long poll, and never hides them for 0 seconds", () => {
  expect(receiveDeadLettersRequest("url", 0)).toEqual({
    QueueUrl: "url",
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 1,
    WaitTimeSeconds: 1,
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["SentTimestamp"],
  });
});
