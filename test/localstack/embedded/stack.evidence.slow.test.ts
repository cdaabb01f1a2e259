import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { LogLine } from "../../../localstack/embedded/log-line.ts";
import { type Stack, startStack } from "../../../localstack/embedded/stack.ts";
import { bundleProject } from "../../../scripts/bench/project.ts";
import { createPorts } from "../../../shared/aws/ports.ts";
import { historyOf } from "../../../shared/core/runs/history.ts";
import type { Ports } from "../../../shared/ports/index.ts";
import { createMemory } from "../../../shared/testing/memory.ts";
import { useServers } from "../../contract/stage.ts";
import { until } from "../until.ts";

jest.setTimeout(120_000);

const bug = `interface Order {
  readonly total: number;
}

/* The types are stripped and the rest is minified: line 7 of this file is somewhere else in the bundle. */
export const charge = (order: Order | undefined): string => {
  return (order as Order).total.toFixed(2);
};
`;

const jobs = `import { defineJob } from "../shared/index.ts";
import { z } from "../node_modules/zod/index.js";
import { charge } from "./charge.ts";

const once = { retry: { attempts: 1 } } as const;
export const jobs = [
  defineJob({ name: "buggy", ...once, run: ({ log }) => { log.error("as the facts", new Error("beside")); return charge(undefined); } }),
  defineJob({ name: "caller", ...once, input: z.number(), run: ({ input }) => fetch(\`http://127.0.0.1:\${input}/\`) }),
];
`;

let folder: string;
let stack: Stack;
let ports: Ports;
let lines: LogLine[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-evidence-"));
  lines = [];
  stack = await startStack({
    dataDir: join(folder, "data"),
    bundles: await bundleProject(join(folder, "project"), {
      "jobs/index.ts": jobs,
      "jobs/charge.ts": bug,
      "jobs/schedules.ts": "export const schedules = [];\n",
    }),
    onLine: (line) => void lines.push(line),
  });
  const { AWS_ENDPOINT_URL_SQS: sqsUrl, AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl } = stack.env;
  useServers({ sqsUrl, dynamodbUrl });
  ports = createPorts(stack.env, { log: createMemory().ports.log, environmentId: "test" });
});
afterEach(async () => {
  await stack.stop(0);
  rmSync(folder, { recursive: true });
});

const work = async (job: string, input?: unknown) => {
  const body = JSON.stringify({ v: 1, job, key: "a", ...(input !== undefined && { input }) });
  await ports.queue.send([{ lane: "normal", body, delaySeconds: 0 }]);
  const read = async () => (await ports.runs.read([`${job}:a`])).get(`${job}:a`);
  await until(async () => (await read())?.state === "dead");
  const run = await read();
  if (!run) throw new Error(`expected run "${job}:a"`);
  return { run, history: historyOf(run, await ports.attempts.list(run.id)) };
};

const logged = (message: string): readonly Record<string, unknown>[] =>
  lines.flatMap(({ text }) =>
    text.includes(`"message":${JSON.stringify(message)}`) ? [JSON.parse(text)] : [],
  );

/** Returns a port on which no server listens. */
const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await until(() => server.listening);
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
};

test("the history and the log name file and line of a bug in a bundled job", async () => {
  const line = bug.split("\n").findIndex((text) => text.includes("toFixed")) + 1;
  const { run, history } = await work("buggy");
  expect(run).toMatchObject({
    state: "dead",
    reason: expect.stringMatching(/^attempt 1 of 1 failed with TypeError: /),
  });
  const stack = expect.stringMatching(new RegExp(`^at .+ \\(jobs/charge\\.ts:${line}:\\d+\\)\\n`));
  expect(history).toEqual([
    expect.objectContaining({
      outcome: "failed",
      worker: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      error: expect.objectContaining({ name: "TypeError", stack }),
    }),
  ]);
  await until(() => logged("attempt failed").length > 0);
  expect(logged("attempt failed")[0]).toMatchObject({ run: run.id, error: { name: "TypeError", stack } });
  expect(logged("as the facts")[0]).toMatchObject({
    run: run.id,
    error: { message: "beside", stack: expect.stringContaining("jobs/index.ts:") },
  });
});

test("run, history and dead letter name the refused connection of a failed fetch", async () => {
  const port = await closedPort();
  const { run, history } = await work("caller", port);
  const message = `fetch failed (cause: connect ECONNREFUSED 127.0.0.1:${port})`;
  expect(run).toMatchObject({
    error: { name: "TypeError", message },
    reason: `attempt 1 of 1 failed with TypeError: ${message}`,
  });
  const causes = [expect.objectContaining({ message: `connect ECONNREFUSED 127.0.0.1:${port}` })];
  expect(history[0]?.error).toMatchObject({ name: "TypeError", message: "fetch failed", causes });
  const [deadLetter] = await ports.queue.receiveDeadLetters("normal", 1);
  expect(deadLetter).toMatchObject({ reason: expect.stringContaining("ECONNREFUSED") });
  expect(JSON.parse(deadLetter?.body ?? "")).toMatchObject({
    death: { error: { name: "TypeError", message } },
  });
});
