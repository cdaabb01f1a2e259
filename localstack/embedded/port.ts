import { once } from "node:events";
import { connect, createServer } from "node:net";

/** Returns a free port: the wanted one, if it is free. */
export const freePort = async (wanted = 0): Promise<number> => {
  const server = createServer();
  server.listen(wanted, "0.0.0.0");
  try {
    await once(server, "listening");
  } catch (problem) {
    if (wanted === 0) throw problem;
    return freePort();
  }
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : freePort();
};

/** Whether a server listens on the port. */
export const isAnswered = async (port: number, host = "127.0.0.1"): Promise<boolean> => {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};
