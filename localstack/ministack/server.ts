import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../embedded/port.ts";
import { startReaper } from "../embedded/reaper.ts";

/** A whole AWS, empty, on this machine. */
export interface Ministack {
  readonly url: string;
  /** End it and every function that it runs, and remove what they wrote. */
  stop(): Promise<void>;
}

export interface MinistackOptions {
  /** The one of `installMinistack`. */
  readonly python: string;
  /** Gets what it and the functions print, in place of what an earlier one printed. */
  readonly logFile: string;
}

/** @throws Error when it does not answer within a minute; then nothing is left of it. */
export const startMinistack = async ({ python, logFile }: MinistackOptions): Promise<Ministack> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "millrace-ministack-"));
  const server = launch(python, environment(port, folder), logFile);
  const exited = once(server, "exit").catch(() => {});
  const reaper = startReaper();
  if (server.pid !== undefined) reaper.watch(server.pid);
  const stop = async (): Promise<void> => {
    // It leads a group of its own, to which the functions belong: the reaper ends the group.
    await reaper.stop();
    await exited;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  if (await becomesHealthy(server, url)) return { url, stop };
  await stop();
  throw new Error(`MiniStack does not answer at ${url}: see ${logFile}`);
};

/** It passes its environment on to the functions: they get the Node that they are deployed for, and nothing of ours. */
const environment = (port: number, folder: string): NodeJS.ProcessEnv => ({
  PATH: ourNodeFirst(),
  HOME: folder,
  TMPDIR: folder,
  BIND_HOST: "127.0.0.1",
  GATEWAY_PORT: String(port),
});

/** The path of this process, with the Node that runs it in front: the machine's own may be older. */
export const ourNodeFirst = (): string => {
  const { PATH = "" } = process.env;
  return `${dirname(process.execPath)}${delimiter}${PATH}`;
};

const launch = (python: string, env: NodeJS.ProcessEnv, logFile: string): ChildProcess => {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "w");
  const server = spawn(python, ["-m", "ministack"], { env, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  return server;
};

const becomesHealthy = async (server: ChildProcess, url: string): Promise<boolean> => {
  const hasEnded = (): boolean =>
    server.pid === undefined || server.exitCode !== null || server.signalCode !== null;
  for (const since = Date.now(); Date.now() - since < 60_000 && !hasEnded(); await wait(50)) {
    if (await isHealthy(url)) return true;
  }
  return false;
};

const isHealthy = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
};
