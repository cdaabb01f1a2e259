import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { access, queueUrl } from "../../../localstack/embedded/address.ts";
import { type SqsServer, startSqs } from "../../../localstack/embedded/sqs-server.ts";

let dataDir: string;
let server: SqsServer;
let sqs: SQSClient;
let QueueUrl: string;

const start = async (): Promise<void> => {
  server = await startSqs(dataDir, undefined);
  const endpoint = `http://127.0.0.1:${server.port}`;
  sqs = new SQSClient({ ...access, endpoint, maxAttempts: 1 });
  QueueUrl = queueUrl(endpoint, "probe");
  await sqs.send(new CreateQueueCommand({ QueueName: "probe" }));
};
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "millrace-characters-"));
  await start();
});
afterEach(async () => {
  sqs.destroy();
  await server.stop();
  rmSync(dataDir, { recursive: true });
});

const received = async () => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] }),
  );
  return Messages;
};

const text = (StringValue: string) => ({ note: { DataType: "String", StringValue } });

/** The bounds of each range that AWS accepts: #x9 | #xA | #xD | #x20–#xD7FF | #xE000–#xFFFD | #x10000–#x10FFFF. */
const accepted = [
  0x9, 0xa, 0xd, 0x20, 0x7f, 0x85, 0x2028, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0x10000, 0x1f600, 0x10ffff,
];
const refused = [0x0, 0x1, 0x8, 0xb, 0xc, 0xe, 0x1b, 0x1f, 0xfffe, 0xffff];

const nameOf = (code: number) => `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;

test("the embedded SQS delivers every character that AWS accepts unchanged, also after a restart", async () => {
  const all = accepted.map((code) => String.fromCodePoint(code)).join("|");
  await sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: `one ${all}`, MessageAttributes: text(all) }),
  );
  await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [{ Id: "0", MessageBody: `batch ${all}`, MessageAttributes: text(all) }],
    }),
  );
  await server.stop();
  await start();
  const messages = await received();
  expect(messages.map(({ Body }) => Body).sort()).toEqual([`batch ${all}`, `one ${all}`]);
  for (const { MessageAttributes } of messages) expect(MessageAttributes).toMatchObject(text(all));
});

describe("the embedded SQS refuses what AWS refuses", () => {
  test.each([
    ...refused.map((code) => [nameOf(code), String.fromCharCode(code)]),
    ["a lone surrogate", "\ud83d"],
  ])("%s in a body, and sends the rest of the batch", async (_, character) => {
    const MessageBody = `a${character}b`;
    await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))).rejects.toMatchObject({
      name: expect.stringMatching(/InvalidMessageContents$/),
    });
    const Entries = [
      { Id: "bad", MessageBody },
      { Id: "good", MessageBody: "good" },
    ];
    const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(answer.Failed).toMatchObject([{ Id: "bad", Code: "InvalidMessageContents", SenderFault: true }]);
    expect((await received()).map(({ Body }) => Body)).toEqual(["good"]);
  });

  test.each([
    ...refused.map((code) => [nameOf(code), String.fromCharCode(code)]),
    ["a lone surrogate", "\ud83d"],
  ])("%s in an attribute, and sends the rest of the batch", async (_, character) => {
    const bad = { MessageBody: "bad", MessageAttributes: text(`a${character}b`) };
    await expect(sqs.send(new SendMessageCommand({ QueueUrl, ...bad }))).rejects.toMatchObject({
      name: expect.stringMatching(/InvalidParameterValue$/),
    });
    const Entries = [
      { Id: "bad", ...bad },
      { Id: "good", MessageBody: "good" },
    ];
    const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(answer.Failed).toMatchObject([{ Id: "bad", Code: "InvalidParameterValue", SenderFault: true }]);
    expect((await received()).map(({ Body }) => Body)).toEqual(["good"]);
  });

  test("an empty body, and the whole request with it", async () => {
    const Entries = [
      { Id: "bad", MessageBody: "" },
      { Id: "good", MessageBody: "good" },
    ];
    await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({
      name: expect.stringMatching(/MissingParameter$/),
    });
    expect(await received()).toEqual([]);
  });

  test("an empty attribute", async () => {
    const command = new SendMessageCommand({ QueueUrl, MessageBody: "x", MessageAttributes: text("") });
    await expect(sqs.send(command)).rejects.toThrow("must contain a non-empty value");
  });
});
