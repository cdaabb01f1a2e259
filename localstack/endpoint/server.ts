import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../embedded/port.ts";
import { startReaper } from "../embedded/reaper.ts";

/** An AWS endpoint that is ready for requests. */
export interface RunningEndpoint {
  readonly url: string;
  /** Ends what was started for it. */
  stop(): Promise<void>;
}

/** The place of one server: its free port on 127.0.0.1 and its empty folder. */
interface Place {
  readonly port: number;
  readonly folder: string;
}

export interface ServerOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Variables beside PATH, HOME and TMPDIR. The server gets no others, because it passes them on to the functions. */
  environment(place: Place): Readonly<Record<string, string>>;
  /** A path that is answered with status 200 once the server is ready. */
  readonly healthPath: string;
  /** Receives the output of the server and its functions. Overwritten by each start. */
  readonly logFile: string;
}

/**
 * Starts an emulator of AWS, which is empty at first. Its end includes its functions and its files.
 * @throws Error when the server does not answer within a minute; it is ended then
 */
export const startServer = async (options: ServerOptions): Promise<RunningEndpoint> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "millrace-endpoint-"));
  const server = launch(options, { port, folder });
  const exited = once(server, "exit").catch(() => {});
  const reaper = startReaper();
  if (server.pid !== undefined) reaper.watch(server.pid);
  const stop = async (): Promise<void> => {
    // The server leads its own process group, which includes the functions. The reaper kills the group.
    await reaper.stop();
    await exited;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  if (await becomesHealthy(server, url + options.healthPath)) return { url, stop };
  await stop();
  throw new Error(`${options.name} does not answer at ${url}: see ${options.logFile}`);
};

/** PATH with this process's Node first, because the machine's own may be older. */
export const ourNodeFirst = (): string => {
  const { PATH = "" } = process.env;
  return `${dirname(process.execPath)}${delimiter}${PATH}`;
};

const launch = ({ command, environment, logFile }: ServerOptions, place: Place): ChildProcess => {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "w");
  const env = { PATH: ourNodeFirst(), HOME: place.folder, TMPDIR: place.folder, ...environment(place) };
  const [program, ...args] = command;
  const server = spawn(program, args, { env, detached: true, stdio: ["ignore", log, log] });
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
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
};
