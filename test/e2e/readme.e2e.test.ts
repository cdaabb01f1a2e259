import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseEnv, promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as z from "zod";
import { installMinistack } from "../../localstack/ministack/install.ts";
import { eventually } from "./eventually.ts";

const root = join(import.meta.dirname, "..", "..");

/** The README's section "Send work": files by name, and commands in order. */
const readSection = () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, section = ""] = /^## Send work\n(.*?)^##/ms.exec(readme) ?? [];
  const fenced = [...section.matchAll(/^```\w+\n(?:\/\/|#) (\S+)\n(.*?)^```/gms)];
  const files = new Map(fenced.map(([, name = "", text = ""]) => [name, text]));
  const prose = section.replaceAll(/^```.*?^```$/gms, "");
  const commands = prose.match(/^ {4}.*$/gm)?.map((line) => line.slice(4)) ?? [];
  return { files, commands, fences: section.match(/^```\w+$/gm)?.length };
};

let project: string;
let host: ChildProcess | undefined;
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "millrace-readme-"));
  // Links to what a clone contains, except for the files that the README asks its readers to write.
  for (const path of ["jobs", "shared", "functions", "cli", "node_modules", "package.json"])
    symlinkSync(join(root, path), join(project, path));
  mkdirSync(join(project, ".millrace"));
  host = spawn(process.execPath, [join(root, "cli/main.ts"), "dev", "--data", join(project, ".millrace")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  host.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  await eventually(
    async () => output,
    (text) => text.includes("--message-body"),
  );
});
afterAll(async () => {
  host?.kill("SIGINT");
  if (host && host.exitCode === null) await once(host, "exit");
  rmSync(project, { recursive: true });
});

/** The machine's PATH without the project's Node, which npx must find itself, and with the AWS CLI and boto3 first. */
const path = async (): Promise<string> => {
  const installed = await installMinistack({ cacheDir: join(root, ".cache") });
  if (!("python" in installed)) throw new Error(installed.reason);
  const bin = join(project, "bin");
  mkdirSync(bin);
  const script = (name: string, args: string): void => {
    const text = `#!/bin/sh\nexec "${installed.python}" ${args} "$@"\n`;
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  };
  script("aws", "-m awscli");
  script("python3", "");
  const { PATH = "" } = process.env;
  const others = PATH.split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return [bin, ...others].join(delimiter);
};

const sent = z.object({ MessageId: z.string() });
const shown = z.object({ state: z.string() });

test("the README's commands send work, on the machine's own Node", async () => {
  const { files, commands, fences } = readSection();
  expect([...files.keys()]).toEqual(["send.ts", "send.py"]);
  expect(fences).toBe(files.size);
  for (const [name, text] of files) writeFileSync(join(project, name), text);
  const { HOME = "" } = process.env;
  const env = { PATH: await path(), HOME };
  const run = promisify(execFile);
  const { stdout } = await run("bash", ["-ec", commands.join("\n")], {
    cwd: project,
    env,
    timeout: 120_000,
  });

  const [, first = "", json = "", last = ""] = /^(\S+)\n(\{.*?^\})\n(\S+)\n$/ms.exec(stdout) ?? [];
  const ids = [first, `heartbeat:${sent.parse(JSON.parse(json)).MessageId}`, `weather-report:${last}`];
  expect(ids[0]).toBe("weather-report:first");
  const variables = { ...env, ...parseEnv(readFileSync(join(project, ".millrace", "env"), "utf8")) };
  for (const id of ids) {
    const args = [join(root, "cli", "main.ts"), "runs", "show", id, "--json"];
    await eventually(
      async () => await run(process.execPath, args, { env: variables }).catch(() => undefined),
      (answer) => answer !== undefined && shown.parse(JSON.parse(answer.stdout)).state === "succeeded",
    );
  }
});
