import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../embedded/port.ts";
import { startReaper } from "../embedded/reaper.ts";

/** An emulated AWS on this machine, initially empty. */
export interface Ministack {
  readonly url: string;
  /** Ends the server and its functions, and removes their files. */
  stop(): Promise<void>;
}

export interface MinistackOptions {
  /** The Python of `installMinistack`. */
  readonly python: string;
  /** Receives the output of the server and its functions. Overwritten by each start. */
  readonly logFile: string;
}

/** @throws Error when the server does not answer within a minute; it is ended then */
export const startMinistack = async ({ python, logFile }: MinistackOptions): Promise<Ministack> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "millrace-ministack-"));
  const server = launch(python, environment(port, folder), logFile);
  const exited = once(server, "exit").catch(() => {});
  const reaper = startReaper();
  if (server.pid !== undefined) reaper.watch(server.pid);
  const stop = async (): Promise<void> => {
    // The server leads its own process group, which includes the functions. The reaper kills the group.
    await reaper.stop();
    await exited;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  if (await becomesHealthy(server, url)) return { url, stop };
  await stop();
  throw new Error(`MiniStack does not answer at ${url}: see ${logFile}`);
};

/** The server passes its environment on to the functions, so it contains the right Node and no other variables. */
const environment = (port: number, folder: string): NodeJS.ProcessEnv => ({
  PATH: ourNodeFirst(),
  HOME: folder,
  TMPDIR: folder,
  BIND_HOST: "127.0.0.1",
  GATEWAY_PORT: String(port),
});

/** PATH with this process's Node first, because the machine's own may be older. */
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
