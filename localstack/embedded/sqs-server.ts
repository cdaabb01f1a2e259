import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { startFauxqs } from "fauxqs";
import { freePort } from "./port.ts";

export interface SqsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** SQS in this process, durable in `dataDir`. */
export const startSqs = async (dataDir: string, wantedPort: number | undefined): Promise<SqsServer> => {
  const port = await freePort(wantedPort);
  const release = keepToThisMachine(port);
  const server = await startFauxqs({ port, dataDir, logger: false });
  return {
    port,
    async stop() {
      await server.stop();
      release();
    },
  };
};

/** fauxqs listens on every interface and asks nobody who they are: hang up on callers from elsewhere. */
const keepToThisMachine = (port: number): (() => void) => {
  const check = (message: unknown): void => {
    // A cast, because diagnostics channels are untyped: Node documents this one's message as { socket }.
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort === port && !socket.remoteAddress?.startsWith("127.")) socket.destroy();
  };
  subscribe(channel, check);
  return () => void unsubscribe(channel, check);
};

const channel = "net.server.socket";
