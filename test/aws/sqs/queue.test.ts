import { describe, expect, test } from "@jest/globals";
import { createQueue } from "../../../shared/aws/sqs/queue.ts";
import { many } from "../../../shared/testing/contract/rows.ts";
import { type Script, scriptedSqs } from "../scripted.ts";

const urls = (suffix: string) => ({
  critical: `critical${suffix}`,
  high: `high${suffix}`,
  normal: `normal${suffix}`,
  low: `low${suffix}`,
});

const queueOf = (script: Script) => {
  const { sqs, asked } = scriptedSqs(script);
  return { queue: createQueue({ sqs, lanes: urls(""), deadLetters: urls("-dlq") }), asked };
};

const message = (body: string, lane: "normal" | "low" = "normal") => ({ lane, body, delaySeconds: 0 });

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
}

const successful = (entries: readonly Entry[]) => entries.map(({ Id }) => ({ Id }));

describe("a send", () => {
  test("answers each message in its position: sent, refused by SQS, or missing in its answer", async () => {
    const { queue } = queueOf(({ input: { Entries } }) => ({
      Successful: successful(Entries.filter(({ MessageBody }: Entry) => MessageBody === "good")),
      Failed: Entries.filter(({ MessageBody }: Entry) => MessageBody === "bad").map(({ Id }: Entry) => ({
        Id,
        SenderFault: true,
        Code: "InvalidMessageContents",
      })),
    }));
    const answers = await queue.send(["good", "bad", "gone", "good"].map((body) => message(body)));
    expect(answers).toEqual([
      undefined,
      "InvalidMessageContents: no reason given",
      "SQS did not say whether it has the message",
      undefined,
    ]);
  });

  test("sends one request per lane, and a failed one affects only its own messages", async () => {
    const { queue, asked } = queueOf(({ input: { QueueUrl, Entries } }) =>
      QueueUrl === "low" ? new Error("no route to low") : { Successful: successful(Entries) },
    );
    const messages = [...many(11, (i) => message(`${i}`)), message("l", "low"), message("last")];
    const answers = await queue.send(messages);
    expect(answers).toEqual(
      messages.map(({ lane }) => (lane === "low" ? "Error: no route to low" : undefined)),
    );
    expect(asked.map(({ input }) => `${input.QueueUrl} ${input.Entries.length}`)).toEqual([
      "normal 10",
      "normal 2",
      "low 1",
    ]);
  });

  test("sends dead letters to the dead-letter queue of the lane", async () => {
    const { queue, asked } = queueOf(({ input: { Entries } }) => ({ Successful: successful(Entries) }));
    expect(await queue.sendDeadLetters([{ ...message("l", "low"), reason: "broken" }])).toEqual([undefined]);
    expect(asked).toMatchObject([{ input: { QueueUrl: "low-dlq" } }]);
  });

  test("makes no request for messages that are too large, or without messages", async () => {
    const { queue, asked } = queueOf(() => ({}));
    expect(await queue.send([])).toEqual([]);
    expect(await queue.send([message("a".repeat(1_048_577))])).toEqual([
      "expected a message of at most 1048576 bytes, got 1048577",
    ]);
    expect(asked).toEqual([]);
  });
});

test("never hides a message for 0 seconds", async () => {
  const { queue, asked } = queueOf(() => ({}));
  await queue.hide("low", "receipt", 0);
  await queue.hide("low", "receipt", 43_200);
  expect(asked.map(({ input }) => input)).toEqual([
    { QueueUrl: "low", ReceiptHandle: "receipt", VisibilityTimeout: 1 },
    { QueueUrl: "low", ReceiptHandle: "receipt", VisibilityTimeout: 43_200 },
  ]);
});

test("counts the messages of a lane by their visibility, and its dead letters together", async () => {
  const { queue } = queueOf(({ input: { QueueUrl } }) => ({
    Attributes: {
      ApproximateNumberOfMessages: QueueUrl === "low" ? "1" : "10",
      ApproximateNumberOfMessagesNotVisible: QueueUrl === "low" ? "2" : "20",
      ...(QueueUrl === "low" && { ApproximateNumberOfMessagesDelayed: "3" }),
    },
  }));
  expect(await queue.depth("low")).toEqual({ visible: 1, inFlight: 2, delayed: 3, dead: 30 });
});

test("reads and deletes dead letters on the queue of the lane, and ignores one without a receipt", async () => {
  const { queue, asked } = queueOf(() => ({
    Messages: [
      {
        Body: "b",
        ReceiptHandle: "r",
        MessageId: "m",
        MessageAttributes: { reason: { DataType: "String", StringValue: "why" } },
        Attributes: { SentTimestamp: "17" },
      },
      { Body: "b2", ReceiptHandle: "r2", MessageId: "m2" },
      { Body: "b3" },
    ],
  }));
  const letters = await queue.receiveDeadLetters("low", 30);
  expect(letters).toEqual([
    { body: "b", receipt: "r", messageId: "m", sentAt: 17, reason: "why" },
    { body: "b2", receipt: "r2", messageId: "m2", sentAt: 0 },
  ]);
  if (letters[0]) await queue.deleteDeadLetter("low", letters[0]);
  expect(asked.map(({ command, input }) => `${command} ${input.QueueUrl}`)).toEqual([
    "ReceiveMessageCommand low-dlq",
    "DeleteMessageCommand low-dlq",
  ]);
});
