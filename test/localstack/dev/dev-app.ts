import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { until } from "../until.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** An app outside this repository, in which `millrace dev` runs. */
export interface DevApp {
  readonly folder: string;
  readonly process: ChildProcess;
  /** Everything that the command has printed. */
  output(): string;
  /** What the jobs have appended to the file that `OUT` names. */
  written(): readonly string[];
  write(files: Readonly<Record<string, string>>): void;
  /** Sends a message to lane normal. */
  send(job: string, key: string): Promise<void>;
  /** Runs another command of the CLI in the app. @returns its stdout */
  cli(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Creates an app with these files. Its package `millrace` is this repository. */
export const createApp = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-app-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "millrace"));
  symlinkSync(join(root, "node_modules", "typescript"), join(folder, "node_modules", "typescript"));
  writeAll(folder, { "package.json": '{ "type": "module" }\n', ...files });
  return folder;
};

const writeAll = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

export const startDev = async (folder: string, ...args: readonly string[]): Promise<DevApp> => {
  const out = join(folder, "out.txt");
  const start = (command: readonly string[]) =>
    spawn(process.execPath, [join(root, "cli", "main.ts"), ...command], {
      cwd: folder,
      env: { ...process.env, OUT: out },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const dev = start(["dev", ...args]);
  let output = "";
  for (const stream of [dev.stdout, dev.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  await until(() => output.includes("--message-body") || dev.exitCode !== null);
  if (dev.exitCode !== null) throw new Error(output);
  const env = parseEnv(readFileSync(join(folder, ".millrace", "env"), "utf8"));
  const sqs = new SQSClient({
    endpoint: `${env["AWS_ENDPOINT_URL_SQS"]}`,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  return {
    folder,
    process: dev,
    output: () => output,
    written: () => (existsSync(out) ? readFileSync(out, "utf8").trim().split("\n") : []),
    write: (files) => writeAll(folder, files),
    async send(job, key) {
      const MessageBody = JSON.stringify({ v: 1, job, key });
      await sqs.send(new SendMessageCommand({ QueueUrl: env["MILLRACE_QUEUE_NORMAL"], MessageBody }));
    },
    async cli(...command) {
      const child = start(command);
      let text = "";
      child.stdout.on("data", (chunk) => {
        text += chunk;
      });
      await once(child, "close");
      return text;
    },
    async stop() {
      sqs.destroy();
      dev.kill("SIGINT");
      if (dev.exitCode === null) await once(dev, "exit");
      rmSync(folder, { recursive: true });
    },
  };
};
