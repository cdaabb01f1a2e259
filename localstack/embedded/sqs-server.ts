import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { startFauxqs } from "fauxqs";
import { controlLongPolls, type LongPolls } from "./long-polls.ts";
import { withCharactersOfSqs } from "./message-characters.ts";
import { freePort } from "./port.ts";

export interface SqsServer {
  readonly port: number;
  readonly longPolls: LongPolls;
  stop(): Promise<void>;
}

/** Starts SQS in this process, durable in `dataDir`. */
export const startSqs = async (dataDir: string, wantedPort: number | undefined): Promise<SqsServer> => {
  const port = await freePort(wantedPort);
  const release = refuseRemoteCallers(port);
  const longPolls = await controlLongPolls();
  const server = await withCharactersOfSqs(() =>
    withoutSync(() => startFauxqs({ port, dataDir, logger: false })),
  );
  return {
    port,
    longPolls,
    async stop() {
      await server.stop();
      release();
    },
  };
};

/**
 * Turns off SQLite's wait for the disk. fauxqs commits each change separately, three per message, and the wait was two
 * thirds of the cost of a run here. Without it, nothing is lost when a process dies. When the machine dies, the sweeper
 * resends the messages of runs that have a row. fauxqs has no setting for this and opens its database inside `start`,
 * so this adds the pragma after fauxqs's own.
 */
const withoutSync = <Started>(start: () => Started): Started => {
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    exec.call(this, sql);
    if (sql.includes("journal_mode")) exec.call(this, "PRAGMA synchronous = NORMAL");
  };
  try {
    return start();
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
};

/** fauxqs listens on every interface without authentication, so this closes connections from other machines. */
const refuseRemoteCallers = (port: number): (() => void) => {
  const check = (message: unknown): void => {
    // A cast, because diagnostics channels are untyped: Node documents this one's message as { socket }.
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort === port && !socket.remoteAddress?.startsWith("127.")) socket.destroy();
  };
  subscribe(channel, check);
  return () => void unsubscribe(channel, check);
};

const channel = "net.server.socket";
