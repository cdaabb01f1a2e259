import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { installMinistack } from "../../../localstack/ministack/install.ts";
import { eventually } from "../../e2e/eventually.ts";
import type { App } from "./app.ts";
import { root } from "./pages.ts";

/** `millrace dev` in an app, and a shell beside it. */
export interface Dev {
  /** Runs commands in the app's folder or another one. @throws Error with their output when one fails */
  shell(commands: readonly string[], folder?: string): Promise<string>;
  /** Waits until a run has succeeded. */
  succeeded(id: string): Promise<void>;
  stop(): Promise<void>;
}

const execute = promisify(execFile);
const shown = z.object({ state: z.string() });

export const startDev = async (app: App): Promise<Dev> => {
  const path = await pathWith(app);
  const env = { PATH: path, HOME: process.env["HOME"] ?? "", NO_COLOR: "1" };
  const host = spawn(join(app.folder, "bin", "millrace"), ["dev"], {
    cwd: app.folder,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await eventually(
    async () => existsSync(join(app.folder, ".millrace", "env")) || host.exitCode !== null,
    (isSettled) => isSettled,
    180_000,
  );
  const shell = async (commands: readonly string[], folder = app.folder): Promise<string> => {
    const options = { cwd: folder, env, timeout: 600_000 };
    return (await execute("bash", ["-ec", commands.join("\n")], options)).stdout;
  };
  return {
    shell,
    succeeded: async (id) => {
      await eventually(
        async () => await shell([`millrace runs show "${id}" --json`]).catch(String),
        (answer) => answer.startsWith("{") && shown.parse(JSON.parse(answer)).state === "succeeded",
        180_000,
      );
    },
    stop: async () => {
      host.kill("SIGINT");
      if (host.exitCode === null) await once(host, "exit");
    },
  };
};

/** The machine's PATH, after this process's Node, the app's `millrace`, and the AWS CLI and boto3. */
const pathWith = async (app: App): Promise<string> => {
  const installed = await installMinistack({ cacheDir: join(root, ".cache") });
  if (!("python" in installed)) throw new Error(installed.reason);
  const bin = join(app.folder, "bin");
  mkdirSync(bin);
  const script = (name: string, command: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  };
  script("aws", `"${installed.python}" -m awscli`);
  script("python3", `"${installed.python}"`);
  script("pip", `"${installed.python}" -m pip --quiet --disable-pip-version-check`);
  script("millrace", `"${process.execPath}" "${join(root, "cli", "main.ts")}"`);
  const { PATH = "" } = process.env;
  const others = PATH.split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return [bin, dirname(process.execPath), ...others].join(delimiter);
};
