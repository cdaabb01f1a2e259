import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { createApp } from "./dev-app.ts";

jest.setTimeout(60_000);

const main = join(import.meta.dirname, "..", "..", "..", "cli", "main.ts");
const define = 'import { defineJob } from "millrace";\n';

let folder: string | undefined;
afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const run = async (cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const child = spawn(process.execPath, [main, "dev", ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += chunk;
    });
  }
  const [code] = await once(child, "close");
  return { code, text: text.trim() };
};

describe("millrace dev refuses with one sentence, and leaves nothing", () => {
  test.each([
    ["no folder of jobs", {}, [], 1, /^millrace: there is no folder jobs in .*: run npx millrace init/],
    ["a path that does not exist", {}, ["--jobs", "nope"], 1, /^millrace: --jobs: .*nope does not exist/],
    [
      "a module that exports nothing",
      { "jobs/index.ts": "export {};\n" },
      [],
      1,
      /at least one exported job/,
    ],
    [
      "what is no job",
      { "jobs/index.ts": "export const one = 1;\n" },
      [],
      1,
      /jobs\/index\.ts: one: expected a job/,
    ],
    [
      "a module that throws",
      { "jobs/index.ts": `${define}\nthrow new Error("no key");\n` },
      [],
      1,
      /jobs\/index\.ts:3: no key/,
    ],
    ["--yes alone", {}, ["--yes"], 2, /^millrace: --yes: expected only with --reset/],
    ["--json", {}, ["--json"], 2, /--json: dev prints text only/],
  ] as const)("%s", async (_, files, args, exitCode, sentence) => {
    folder = createApp(files);
    const { code, text } = await run(folder, args);
    expect(text).toMatch(sentence);
    expect(code).toBe(exitCode);
    if (exitCode === 1) expect(text.split("\n")).toHaveLength(1);
    expect(existsSync(join(folder, ".millrace"))).toBe(false);
  });

  test("a DynamoDB that does not answer", async () => {
    const index = `${define}export const one = defineJob({ name: "one", run() {} });\n`;
    folder = createApp({ "jobs/index.ts": index });
    const { code, text } = await run(folder, [], { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" });
    expect(code).toBe(1);
    expect(text).toMatch(/^millrace: AWS_ENDPOINT_URL_DYNAMODB is .*, where no server answers/);
    expect(existsSync(join(folder, ".millrace"))).toBe(false);
  });
});
