import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, expect, jest, test } from "@jest/globals";
import { commandOf, descendantsOf, isRunning } from "../processes.ts";
import { until } from "../until.ts";

jest.setTimeout(60_000);

const script = join(import.meta.dirname, "..", "..", "..", "cli", "main.ts");

let start: ChildProcessByStdio<null, Readable, null> | undefined;

afterEach(() => void start?.kill("SIGKILL"));

test("millrace dev prints its endpoints, and Ctrl-C leaves only the data", async () => {
  const data = mkdtempSync(join(tmpdir(), "millrace-start-"));
  start = spawn(process.execPath, [script, "dev", "--data", data], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  start.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await until(() => output.includes("--message-body") || start?.exitCode !== null);
  expect(output).toMatch(/SQS +http:\/\/127\.0\.0\.1:\d+\n +DynamoDB +http:\/\/127\.0\.0\.1:\d+/);
  expect(output).toContain("npx millrace enqueue heartbeat");
  expect(readFileSync(join(data, "env"), "utf8")).toMatch(
    /^MILLRACE_STAGE=local\n.*\nAWS_DEFAULT_REGION=us-east-1\nAWS_ENDPOINT_URL_SQS=http/s,
  );

  const children = descendantsOf(start.pid ?? 0);
  expect(children.filter((pid) => commandOf(pid).includes("esbuild"))).toEqual([]);
  start.kill("SIGINT");
  // npm forwards the same Ctrl-C immediately.
  start.kill("SIGINT");
  const [code] = await once(start, "exit");
  expect(code).toBe(0);
  expect(children.filter(isRunning)).toEqual([]);
  expect(existsSync(join(data, "env"))).toBe(false);
  rmSync(data, { recursive: true });
});
