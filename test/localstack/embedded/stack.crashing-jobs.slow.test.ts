import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { report } from "../../../localstack/dev/report.ts";
import { access } from "../../../localstack/embedded/address.ts";
import type { Bundles } from "../../../localstack/embedded/functions.ts";
import type { LogLine } from "../../../localstack/embedded/log-line.ts";
import { type Stack, type StackOptions, startStack } from "../../../localstack/embedded/stack.ts";
import { bundleProject, pathOf } from "../../../scripts/bench/project.ts";
import { createPorts } from "../../../shared/aws/ports.ts";
import { crashesOf, type Run } from "../../../shared/core/runs/run.ts";
import { enqueue, enqueueMany } from "../../../shared/pipeline/enqueue/enqueue.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import { until } from "../until.ts";
import { jobs } from "./fixtures/crashing/jobs.ts";

jest.setTimeout(60_000);

let folder: string;
let bundles: Bundles;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-crashing-"));
  bundles = await bundleProject(join(folder, "project"), {
    "jobs/index.ts": `export { jobs } from ${pathOf(import.meta.resolve("./fixtures/crashing/jobs.ts"))};\n`,
    "jobs/schedules.ts": "export const schedules = [];\n",
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

let stack: Stack | undefined;
let lines: LogLine[] = [];
let ports: Ports;
const clients: { destroy(): void }[] = [];
afterEach(async () => {
  await stack?.stop(0);
  for (const client of clients.splice(0)) client.destroy();
  rmSync(join(folder, "data"), { recursive: true, force: true });
});

const start = async (options: Partial<StackOptions> = {}): Promise<void> => {
  lines = [];
  stack = await startStack({
    dataDir: join(folder, "data"),
    bundles,
    onLine: (line) => void lines.push(line),
    ...options,
  });
  const { env } = stack;
  const sqs = new SQSClient({ ...access, endpoint: env.AWS_ENDPOINT_URL_SQS });
  const dynamodb = new DynamoDBClient({ ...access, endpoint: env.AWS_ENDPOINT_URL_DYNAMODB });
  clients.push(sqs, dynamodb);
  const ignore = (): void => undefined;
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  ports = createPorts(env, { log, environmentId: "test", clients: { sqs, dynamodb } });
};

const jobOf = (name: string) => {
  const job = jobs.find((each) => each.name === name);
  if (!job) throw new Error(`no job ${name}`);
  return job;
};

const rowOf = async (id: string): Promise<Run | undefined> => (await ports.runs.read([id])).get(id);

const ended = async (id: string): Promise<Run | undefined> => {
  await until(async () => ["succeeded", "dead"].includes((await rowOf(id))?.state ?? ""));
  return await rowOf(id);
};

/** The terminal's lines about a run. */
const shown = (id: string): string[] =>
  lines.flatMap((line) => {
    const text = report(line, new Date(), { isColored: false, isVerbose: false });
    return text?.includes(id) ? [text] : [];
  });

describe("a job that ends its worker is retried within seconds, and its run names the cause", () => {
  test.each([
    ["aborts", "process ended by SIGABRT while it ran"],
    ["exits-hard", "process ended by SIGTERM while it ran"],
    ["spins", "killed after its 1 s timeout: the handler never yielded"],
    ["fills-heap", "out of memory (160 MB)"],
    ["fills-buffers", "out of memory (160 MB)"],
  ])("%s: %s", async (name, cause) => {
    await start({ memoryMb: 160 });
    const { id } = await enqueue(ports, jobOf(name));
    const startedAt = Date.now();
    const run = await ended(id);
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect(run).toMatchObject({ state: "succeeded", crashes: 1, failedAttempts: 0 });
    expect(run?.error).toEqual({ name: "WorkerEnded", message: cause });
    expect(shown(id).filter((text) => text.includes("crashed"))).toEqual([expect.stringContaining(cause)]);
  });
});

describe("a stray error of a job fails its attempt, not the process", () => {
  test.each([
    ["exits", { name: "ProcessExitError", message: "process.exit(0) was called" }],
    ["rejects", { name: "TypeError", message: "not caught" }],
    ["throws-later", { name: "RangeError", message: "thrown by a timer" }],
  ])("%s", async (name, error) => {
    await start();
    const mate = await enqueue(ports, jobOf("patient"));
    const { id } = await enqueue(ports, jobOf(name));
    expect(await ended(id)).toMatchObject({ state: "succeeded", failedAttempts: 1, error });
    expect(await ended(mate.id)).toMatchObject({ state: "succeeded", result: "1" });
    expect(shown(id).join("\n")).toContain(`${error.name}: ${error.message}`);
  });

  test("a process.exit after the run has ended is logged with the run, and does not end the process", async () => {
    await start();
    const { id } = await enqueue(ports, jobOf("exits-late"), { until: 2 });
    expect(await ended(id)).toMatchObject({ state: "succeeded" });
    await until(() => lines.some(({ text }) => text.includes("process.exit after the attempt had ended")));
    const mate = await enqueue(ports, jobOf("patient"));
    expect(await ended(mate.id)).toMatchObject({ state: "succeeded" });
  });
});

test("other runs in the batch of a job that does not yield are not charged, and run again within seconds", async () => {
  await start();
  const startedAt = Date.now();
  await enqueueMany(ports, [
    { job: jobOf("patient"), input: undefined, options: { key: "a" } },
    { job: jobOf("spins"), input: { until: 2 }, options: { key: "c" } },
    { job: jobOf("patient"), input: undefined, options: { key: "b" } },
  ]);
  for (const id of ["patient:a", "spins:c", "patient:b"])
    expect(await ended(id)).toMatchObject({ state: "succeeded" });
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  for (const key of ["a", "b"])
    expect(await rowOf(`patient:${key}`)).toMatchObject({ failedAttempts: 0, crashes: 0, result: "2" });
});

test("a job that ends its worker every time is dead with a reason after three crashes", async () => {
  await start();
  const { id } = await enqueue(ports, jobOf("aborts"), { until: 100 });
  expect(await ended(id)).toMatchObject({
    state: "dead",
    reason: "its worker was killed 3 times while it ran",
    error: { message: "process ended by SIGABRT while it ran" },
  });
});

test("an immediate stop charges no run, and the next start continues at once", async () => {
  await start();
  const { id } = await enqueue(ports, jobOf("patient"));
  await until(async () => (await rowOf(id))?.state === "running");
  await stack?.stop(0);
  await start();
  const run = await ended(id);
  expect(run).toMatchObject({ state: "succeeded", failedAttempts: 0 });
  expect(run && crashesOf(run)).toBe(0);
});
