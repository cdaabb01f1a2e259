import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import { expect, jest, test } from "@jest/globals";
import { createClients, maxInFlight } from "../../shared/aws/clients.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { createClock } from "../../shared/aws/system.ts";
import { createMemory } from "../../shared/testing/memory.ts";

const env = {
  MILLRACE_STAGE: "test",
  MILLRACE_RUNS_TABLE: "runs",
  MILLRACE_STATE_TABLE: "state",
  MILLRACE_QUEUE_CRITICAL: "c",
  MILLRACE_QUEUE_HIGH: "h",
  MILLRACE_QUEUE_NORMAL: "n",
  MILLRACE_QUEUE_LOW: "l",
  MILLRACE_DLQ_CRITICAL: "cd",
  MILLRACE_DLQ_HIGH: "hd",
  MILLRACE_DLQ_NORMAL: "nd",
  MILLRACE_DLQ_LOW: "ld",
};

test("gives up on a request before the Lambda times out", async () => {
  const nowhere = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
  Object.assign(process.env, nowhere, { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
  const { dynamodb, sqs } = createClients();
  // The settings of a client's handler can be read once it has been used.
  await expect(dynamodb.send(new ListTablesCommand())).rejects.toThrow("ECONNREFUSED");
  await expect(sqs.send(new ListQueuesCommand())).rejects.toThrow("ECONNREFUSED");
  for (const client of [dynamodb, sqs]) {
    expect(await client.config.maxAttempts()).toBe(3);
    expect(client.config.requestHandler).toMatchObject({
      config: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    });
  }
});

test("limits concurrent requests, and sends the waiting ones later", async () => {
  const { dynamodb } = createClients();
  let [asked, open, most] = [0, 0, 0];
  const held: (() => void)[] = [];
  dynamodb.middlewareStack.add(
    () => async () => {
      asked++;
      open++;
      most = Math.max(most, open);
      await new Promise<void>((resolve) => held.push(resolve));
      open--;
      return { output: { $metadata: {} }, response: {} };
    },
    { step: "serialize", priority: "high" },
  );
  const wanted = 3 * maxInFlight + 1;
  const answers = Promise.all(Array.from({ length: wanted }, () => dynamodb.send(new ListTablesCommand())));
  while (asked < wanted || open > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    if (open === maxInFlight || asked === wanted) held.shift()?.();
  }
  await answers;
  expect(most).toBe(maxInFlight);
});

test("creates all ports from one environment, without a request", () => {
  const { log } = createMemory().ports;
  expect(Object.keys(createPorts(env, { log, environmentId: "e" })).sort()).toEqual([
    "attempts",
    "clock",
    "jobNames",
    "ledger",
    "log",
    "metrics",
    "notes",
    "payloads",
    "queue",
    "random",
    "runs",
    "schedules",
    "serverTime",
    "watermarks",
  ]);
});

test("sleeps on when a timer fires early", async () => {
  const clock = createClock();
  const now = jest.spyOn(Date, "now");
  const start = 1_000_000;
  now
    .mockReturnValueOnce(start)
    .mockReturnValueOnce(start + 4)
    .mockReturnValueOnce(start + 4);
  const before = performance.now();
  await clock.sleep(5);
  now.mockRestore();
  expect(performance.now() - before).toBeGreaterThan(5.5);
});

test("ends a sleep on time when the clock was set back", async () => {
  const clock = createClock();
  const now = jest.spyOn(Date, "now");
  now.mockReturnValueOnce(1_000_000).mockReturnValueOnce(0).mockReturnValueOnce(0);
  await clock.sleep(5);
  now.mockRestore();
});
