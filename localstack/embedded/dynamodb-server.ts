import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { type DynamodbProgram, findDynamodb } from "./dynamodb-program.ts";
import { freePort, isAnswered } from "./port.ts";
import type { Reaper } from "./reaper.ts";

export interface DynamodbServer {
  /** The program, and where it was found. */
  readonly label: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface DynamodbOptions {
  readonly dataDir: string;
  /** Default: the best one on this machine. */
  readonly program?: DynamodbProgram | undefined;
  readonly wantedPort?: number | undefined;
  /** The process that the last start may have left running. */
  readonly lastPid?: number | undefined;
  readonly reaper: Reaper;
}

/** Starts DynamoDB as a child process, durable in the data folder. */
export const startDynamodb = async (options: DynamodbOptions): Promise<DynamodbServer> => {
  const { dataDir, reaper, program = findDynamodb() } = options;
  await endLeftover(options.lastPid, dataDir);
  const port = await freePort(options.wantedPort);
  const child = spawn(program.command, program.args(port, dataDir), {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const errorOutput: string[] = [];
  child.stderr.on("data", (chunk) => errorOutput.push(String(chunk)));
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  reaper.watch(pid);
  await waitUntilAnswering(child, port, () => errorOutput.join("").trim());
  return { label: program.label, port, pid, stop: () => end(child, reaper) };
};

const waitUntilAnswering = async (
  child: ChildProcess,
  port: number,
  complaint: () => string,
): Promise<void> => {
  while (!(await isAnswered(port))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`DynamoDB exited at startup: ${complaint() || `exit code ${child.exitCode}`}`);
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

/** Kills an orphaned server that still has our database open. */
const endLeftover = async (pid: number | undefined, dataDir: string): Promise<void> => {
  if (pid === undefined || !commandOf(pid).includes(dataDir)) return;
  process.kill(pid, "SIGKILL");
  while (commandOf(pid).includes(dataDir)) await wait(10);
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
