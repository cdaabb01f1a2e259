import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as z from "zod";
import { bundleFunctions } from "../../infra/bundle.ts";
import { findProject } from "../../infra/project.ts";
import { laneNames } from "../../shared/core/lane.ts";

const run = promisify(execFile);

let folder: string;
let server: Server;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-secrets-"));
  await bundleFunctions({ project: findProject({ from: import.meta.dirname }), outDir: folder });
  server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
    response.end('{"SecretString":"open sesame"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = z.object({ port: z.int() }).parse(server.address());
  const queues = laneNames.flatMap((lane) =>
    ["QUEUE", "DLQ"].map((kind) => [`MILLRACE_${kind}_${lane.toUpperCase()}`, "http://127.0.0.1:1/q"]),
  );
  env = {
    ...Object.fromEntries(queues),
    MILLRACE_STAGE: "dev",
    MILLRACE_RUNS_TABLE: "runs",
    MILLRACE_STATE_TABLE: "state",
    MILLRACE_LANE: "low",
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** Invokes a worker without messages. @returns a variable of its environment, and the files that it loaded */
const invoke = async (variables: Readonly<Record<string, string>>) => {
  const script = `
    const context = { getRemainingTimeInMillis: () => 5000, logStreamName: "one" };
    require(${JSON.stringify(join(folder, "worker"))}).handler({ Records: [] }, context).then(() => {
      const files = Object.keys(require.cache).map((path) => require("node:path").basename(path));
      console.log(JSON.stringify({ word: process.env.WORD, files }));
      process.exit();
    });`;
  const { stdout } = await run(process.execPath, ["-e", script], { env: { ...env, ...variables } });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
};

test("a worker's bundle loads job-secrets.js and reads its job secrets before the first batch", async () => {
  const MILLRACE_JOB_SECRETS = JSON.stringify({ WORD: { secret: "word" } });
  expect(await invoke({ MILLRACE_JOB_SECRETS })).toEqual({
    word: "open sesame",
    files: expect.arrayContaining(["job-secrets.js"]),
  });
});

test("a worker's bundle does not load job-secrets.js without secrets", async () => {
  const { files } = await invoke({});
  expect(files).toContain("index.js");
  expect(files).not.toContain("job-secrets.js");
});
