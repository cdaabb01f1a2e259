import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import * as z from "zod";
import { access } from "../../../localstack/embedded/address.ts";
import type { LogLine } from "../../../localstack/embedded/log-line.ts";
import { type Stack, type StackOptions, startStack } from "../../../localstack/embedded/stack.ts";
import { descendantsOf } from "../processes.ts";
import { until } from "../until.ts";

jest.setTimeout(30_000);

let dataDir: string;
let lines: LogLine[];
let stack: Stack | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "millrace-stack-"));
  lines = [];
});
afterEach(async () => {
  await stack?.stop(0);
  stack = undefined;
  rmSync(dataDir, { recursive: true });
});

const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);

const start = async (options: Partial<StackOptions> = {}): Promise<Stack> => {
  const bundles = { dispatcher: fixture("tick"), sweeper: fixture("tick"), worker: fixture("worker") };
  stack = await startStack({ dataDir, bundles, onLine: (line) => void lines.push(line), ...options });
  return stack;
};

interface Order {
  readonly name: string;
  readonly do?: "fail" | "throw" | "exit" | "hang" | "spin";
  readonly until?: number;
  readonly answer?: unknown;
}

const sqsOf = ({ env }: Stack): SQSClient => new SQSClient({ ...access, endpoint: env.AWS_ENDPOINT_URL_SQS });

const send = async (to: Stack, orders: readonly Order[], DelaySeconds = 0): Promise<void> => {
  const Entries = orders.map((order, id) => ({
    Id: `${id}`,
    MessageBody: JSON.stringify(order),
    DelaySeconds,
  }));
  await sqsOf(to).send(new SendMessageBatchCommand({ QueueUrl: to.env.MILLRACE_QUEUE_NORMAL, Entries }));
};

/** Number of messages on a queue: visible, delayed and hidden. */
const left = async (on: Stack, QueueUrl = on.env.MILLRACE_QUEUE_NORMAL): Promise<number> => {
  const { Attributes = {} } = await sqsOf(on).send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  return Object.entries(Attributes)
    .filter(([name]) => name.startsWith("ApproximateNumberOfMessages"))
    .reduce((sum, [, count]) => sum + Number(count), 0);
};

const seen = z.object({ saw: z.string(), receives: z.number() });

/** The receive counts at which the worker saw a message. */
const sightings = (name: string): number[] =>
  lines.flatMap(({ text }) => {
    const line = text.startsWith('{"saw"') ? seen.parse(JSON.parse(text)) : undefined;
    return line?.saw === name ? [line.receives] : [];
  });

test("only the reported message of a batch is delivered again", async () => {
  const running = await start({ visibilityMs: 1_000 });
  await send(running, [{ name: "healthy" }, { name: "failing", until: 3 }, { name: "also healthy" }]);
  await until(async () => (await left(running)) === 0);
  expect(sightings("healthy")).toEqual([1]);
  expect(sightings("also healthy")).toEqual([1]);
  expect(sightings("failing")).toEqual([1, 2, 3]);
});

test("the whole batch is delivered again after a throw, an exit, a timeout or an invalid response", async () => {
  const running = await start({ visibilityMs: 3_000, timeoutMs: 1_000, concurrency: { normal: 6 } });
  const invalid = [{ itemIdentifier: "unknown" }];
  const orders: Order[] = [
    { name: "throws", do: "throw", until: 2 },
    { name: "exits", do: "exit", until: 2 },
    { name: "hangs", do: "hang", until: 2 },
    { name: "spins", do: "spin", until: 2 },
    { name: "unknown id", until: 2, answer: { batchItemFailures: invalid } },
    { name: "undefined id", until: 2, answer: { batchItemFailures: [{}] } },
  ];
  for (const order of orders) {
    await send(running, [order]);
    await until(() => sightings(order.name).length === 1);
  }
  await until(async () => (await left(running)) === 0);
  for (const { name } of orders) expect(sightings(name).length).toBeGreaterThanOrEqual(2);
  expect(lines.filter(({ stream }) => stream === "host").map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      "thrown on purpose",
      "Runtime exited with error: exit status 3",
      "Task timed out after 1.00 seconds",
    ]),
  );
});

test("a null response deletes the batch", async () => {
  const running = await start();
  await send(running, [{ name: "says null", until: 2, answer: null }]);
  await until(async () => sightings("says null").length === 1 && (await left(running)) === 0);
});

test("a lane never exceeds its concurrency", async () => {
  const running = await start({ concurrency: { normal: 2 } });
  for (const name of ["first", "second", "third"]) {
    await send(running, [{ name, do: "hang", until: 2 }]);
    if (name !== "third") await until(() => sightings(name).length === 1);
  }
  await send({ ...running, env: { ...running.env, MILLRACE_QUEUE_NORMAL: running.env.MILLRACE_QUEUE_LOW } }, [
    { name: "other lane" },
  ]);
  await until(() => sightings("other lane").length === 1);
  expect(sightings("third")).toEqual([]);
});

test("dispatcher and sweeper are ticked immediately, then periodically", async () => {
  await start({ tickMs: 300 });
  const ticks = (from: string) =>
    lines.filter((line) => line.from === from && line.text.includes("aws.events")).length;
  await until(() => ticks("millrace-local-dispatcher") >= 3 && ticks("millrace-local-sweeper") >= 3);
});

test("messages, rows and ports survive a restart", async () => {
  const first = await start();
  await send(first, [{ name: "kept" }], 2);
  const table = { TableName: first.env.MILLRACE_RUNS_TABLE };
  const dynamodb = (of: Stack) =>
    new DynamoDBClient({ ...access, endpoint: of.env.AWS_ENDPOINT_URL_DYNAMODB });
  await dynamodb(first).send(new PutItemCommand({ ...table, Item: { id: { S: "job:key" } } }));
  await first.stop();
  expect(sightings("kept")).toEqual([]);

  const second = await start();
  expect(second.env).toEqual(first.env);
  const { Item } = await dynamodb(second).send(
    new GetItemCommand({ ...table, Key: { id: { S: "job:key" } } }),
  );
  expect(Item).toEqual({ id: { S: "job:key" } });
  await until(async () => sightings("kept").length === 1 && (await left(second)) === 0);
});

test("stop waits for running invocations, and leaves no process", async () => {
  const before = descendantsOf(process.pid);
  const running = await start({ timeoutMs: 2_000 });
  await send(running, [{ name: "hangs till its deadline", do: "hang", until: 2 }]);
  await until(() => sightings("hangs till its deadline").length === 1);
  await running.stop();
  stack = undefined;
  expect(lines.map(({ text }) => text)).toContain("Task timed out after 2.00 seconds");
  expect(descendantsOf(process.pid)).toEqual(before);
});

test("kill ends a waiting stop", async () => {
  const running = await start();
  await send(running, [{ name: "hangs", do: "hang", until: 2 }]);
  await until(() => sightings("hangs").length === 1);
  const stopped = running.stop(600_000);
  running.kill();
  await stopped;
  stack = undefined;
  expect(lines.map(({ text }) => text)).toContain("the host was stopped");
});

test("a second stack on the same data is refused and does not affect the first", async () => {
  const running = await start();
  await expect(start()).rejects.toThrow(`is running on ${dataDir}: stop it first`);
  await send(running, [{ name: "still works" }]);
  await until(() => sightings("still works").length === 1);
});

test("startStack reports a DynamoDB endpoint that does not answer", async () => {
  await expect(start({ dynamodbUrl: "http://127.0.0.1:1" })).rejects.toThrow(
    "AWS_ENDPOINT_URL_DYNAMODB is http://127.0.0.1:1, where no server answers",
  );
});
