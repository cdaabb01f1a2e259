import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import * as z from "zod";
import { access } from "../../../localstack/embedded/address.ts";
import { descendantsOf, isRunning } from "../processes.ts";
import { until } from "../until.ts";

jest.setTimeout(30_000);

let dataDir: string;
let host: ChildProcess | undefined;
let lines: string[];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "millrace-killed-"));
});
afterEach(async () => {
  kill();
  rmSync(dataDir, { recursive: true });
});

const kill = (): void => void host?.kill("SIGKILL");

const started = z.object({
  env: z.object({ AWS_ENDPOINT_URL_SQS: z.string(), MILLRACE_QUEUE_NORMAL: z.string() }),
});

const start = async () => {
  lines = [];
  host = spawn(process.execPath, [join(import.meta.dirname, "fixtures", "run-stack.ts"), dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (host.stdout) createInterface({ input: host.stdout }).on("line", (line) => lines.push(line));
  await until(() => lines.some((line) => line.startsWith('{"env"')));
  return started.parse(JSON.parse(lines.find((line) => line.startsWith('{"env"')) ?? "")).env;
};

test("all processes of a killed host die with it, and the next start continues on the same ports", async () => {
  const first = await start();
  const sqs = new SQSClient({ ...access, endpoint: first.AWS_ENDPOINT_URL_SQS });
  const body = { name: "spins", do: "spin", until: 2 };
  await sqs.send(
    new SendMessageCommand({ QueueUrl: first.MILLRACE_QUEUE_NORMAL, MessageBody: JSON.stringify(body) }),
  );
  await until(() => lines.some((line) => line.includes('"saw":"spins"')));
  const children = descendantsOf(host?.pid ?? 0);
  expect(children.length).toBeGreaterThanOrEqual(3);

  kill();
  await until(() => !children.some(isRunning));

  const second = await start();
  expect(second).toEqual(first);
});
