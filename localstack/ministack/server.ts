import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
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
  const server = await launch(python, environment(port, folder), logFile);
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

/** It gives its own environment on to functions. They must find the Node that they are deployed for, and no more. */
const environment = (port: number, folder: string): NodeJS.ProcessEnv => ({
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  HOME: folder,
  TMPDIR: folder,
  BIND_HOST: "127.0.0.1",
  GATEWAY_PORT: String(port),
});

const launch = async (python: string, env: NodeJS.ProcessEnv, logFile: string): Promise<ChildProcess> => {
  await mkdir(dirname(logFile), { recursive: true });
  const log = await open(logFile, "w");
  const server = spawn(python, ["-m", "ministack"], {
    env,
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
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
    return (await fetch(`${url}/_ministack/health`)).ok;
  } catch {
    return false;
  }
};
