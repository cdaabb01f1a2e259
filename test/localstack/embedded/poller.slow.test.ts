import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { SQSEvent } from "aws-lambda";
import { access, queueUrl } from "../../../localstack/embedded/address.ts";
import { type Poller, startPoller } from "../../../localstack/embedded/poller.ts";
import { type SqsServer, startSqs } from "../../../localstack/embedded/sqs-server.ts";
import { until } from "../until.ts";

jest.setTimeout(30_000);

let dataDir: string;
let server: SqsServer;
let sqs: SQSClient;
let url: string;
let received: { body: string; receives: string }[];
let troubles: string[];
const pollers: Poller[] = [];

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "millrace-poller-"));
  received = [];
  troubles = [];
  server = await startSqs(dataDir, undefined);
  const endpoint = `http://127.0.0.1:${server.port}`;
  sqs = new SQSClient({ ...access, endpoint });
  url = queueUrl(endpoint, "probe");
  await sqs.send(new CreateQueueCommand({ QueueName: "probe" }));
});
afterEach(async () => {
  await Promise.all(pollers.splice(0).map((poller) => poller.stop()));
  await server.stop();
  rmSync(dataDir, { recursive: true });
});

const poll = (): Poller => {
  const invoke = async (event: unknown) => {
    const { Records } = event as SQSEvent; // as: it is what a poller sends
    for (const { body, attributes } of Records)
      received.push({ body, receives: attributes.ApproximateReceiveCount });
    return { ok: true as const, response: null };
  };
  const onTrouble = (text: string) => void troubles.push(text);
  const queue = { sqs, queueUrl: url, queueArn: "arn:aws:sqs:us-east-1:000000000000:probe" };
  const poller = startPoller({ ...queue, target: { invoke }, concurrency: 2, onProblem: onTrouble });
  pollers.push(poller);
  return poller;
};

const send = (body: string) => sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));

test("a message that arrives while the poller stops becomes visible soon", async () => {
  const stopped = poll().stop();
  await send("late");
  await stopped;
  expect(received).toEqual([]);
  poll();
  await until(() => received.length === 1);
  expect(received).toEqual([{ body: "late", receives: "2" }]);
});

test("the poller reports a queue that does not answer, and retries", async () => {
  poll();
  await server.stop();
  await until(() => troubles.length > 0);
  expect(troubles[0]).toMatch(/^cannot receive: /);
  server = await startSqs(dataDir, server.port);
  await send("after the break");
  await until(() => received.length === 1);
});
