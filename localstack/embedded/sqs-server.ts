import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { startFauxqs } from "fauxqs";
import { withCharactersOfSqs } from "./message-characters.ts";
import { freePort } from "./port.ts";

export interface SqsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** SQS in this process, durable in `dataDir`. */
export const startSqs = async (dataDir: string, wantedPort: number | undefined): Promise<SqsServer> => {
  const port = await freePort(wantedPort);
  const release = refuseRemoteCallers(port);
  const server = await withCharactersOfSqs(() =>
    withoutSync(() => startFauxqs({ port, dataDir, logger: false })),
  );
  return {
    port,
    async stop() {
      await server.stop();
      release();
    },
  };
};

/**
 * fauxqs commits each change by itself, three for every message, and SQLite waits for the disk each time: that was two
 * thirds of what a run costs here. Without the wait nothing is lost by the death of a process, only by that of the
 * machine, and then the sweeper sends again what has a row. fauxqs has no setting for it and opens its database inside
 * `start`, so the setting goes in behind its own.
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

/** fauxqs listens on every interface and asks nobody who they are: hang up on callers from elsewhere. */
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
