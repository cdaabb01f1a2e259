import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort, isAnswered } from "./port.ts";
import type { Reaper } from "./reaper.ts";

export interface Dynoxide {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface DynoxideOptions {
  readonly dbPath: string;
  readonly wantedPort?: number | undefined;
  /** The process that the last start may have left running. */
  readonly lastPid?: number | undefined;
  readonly reaper: Reaper;
}

/** Starts DynamoDB as a child process, durable in one SQLite file. */
export const startDynoxide = async (options: DynoxideOptions): Promise<Dynoxide> => {
  const { dbPath, reaper } = options;
  const binary = dynoxideBinary();
  await endLeftover(options.lastPid, dbPath);
  const port = await freePort(options.wantedPort);
  const child = spawn(binary, ["serve", "--host", "127.0.0.1", "--port", `${port}`, "--db-path", dbPath], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const errorOutput: string[] = [];
  child.stderr.on("data", (chunk) => errorOutput.push(String(chunk)));
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  reaper.watch(pid);
  await waitUntilAnswering(child, port, () => errorOutput.join("").trim());
  return { port, pid, stop: () => end(child, reaper) };
};

/** @throws Error that says what to install when this platform's binary is missing */
export const dynoxideBinary = (platform: string = process.platform, arch: string = process.arch): string => {
  const name = `@dynoxide/${platform}-${arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "dynoxide");
  } catch {
    throw new Error(
      `no DynamoDB for ${platform}-${arch}: the package ${name} is not installed. Either run "npm install --no-save ${name}@1.2.1", ` +
        `or start any DynamoDB-compatible server (docker run -p 8000:8000 amazon/dynamodb-local) and set AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000`,
    );
  }
};

const waitUntilAnswering = async (
  child: ChildProcess,
  port: number,
  complaint: () => string,
): Promise<void> => {
  while (!(await isAnswered(port))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`dynoxide exited at startup: ${complaint() || `exit code ${child.exitCode}`}`);
    }
    await wait(10);
  }
};

const end = async (child: ChildProcess, reaper: Reaper): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const lastResort = setTimeout(() => child.kill("SIGKILL"), 3_000);
    await exited;
    clearTimeout(lastResort);
  }
  reaper.forget(child.pid ?? 0);
};

/** Kills an orphaned dynoxide that still has our database open. */
const endLeftover = async (pid: number | undefined, dbPath: string): Promise<void> => {
  if (pid === undefined || !commandOf(pid).includes(dbPath)) return;
  process.kill(pid, "SIGKILL");
  while (commandOf(pid).includes(dbPath)) await wait(10);
};

/** The command line of a process, or empty. It distinguishes our process from a later one with the same pid. */
const commandOf = (pid: number): string => {
  try {
    return process.platform === "linux"
      ? readFileSync(`/proc/${pid}/cmdline`, "utf8")
      : execFileSync("ps", ["-o", "args=", "-p", `${pid}`], { encoding: "utf8" });
  } catch {
    return "";
  }
};
