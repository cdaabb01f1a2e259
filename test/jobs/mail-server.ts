import { once } from "node:events";
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerSession } from "smtp-server";

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
}

type Step = "recipient" | "data";

export interface MailServer {
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers the step with an SMTP code in every session from now on. */
  refuse(step: Step, code: number, message: string): void;
  /** Never answers the step. */
  hangAt(step: Step): void;
  /** Resolves when no client is connected. */
  isEmpty(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a real SMTP server in this process, on a free port. */
export const startMailServer = async (): Promise<MailServer> => {
  const received: Received[] = [];
  const refusals = new Map<Step, Error>();
  let hanging: Step | undefined;
  const answer = (step: Step, callback: (problem?: Error | null) => void): void => {
    if (step !== hanging) callback(refusals.get(step) ?? null);
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    closeTimeout: 1_000,
    onRcptTo: (_address, _session, callback) => answer("recipient", callback),
    onData: async (stream, session, callback) => {
      const source = await text(stream);
      if (!refusals.has("data") && hanging !== "data") received.push(toReceived(session, source));
      answer("data", callback);
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    url: `smtp://127.0.0.1:${portOf(server)}`,
    received,
    refuse: (step, code, message) =>
      void refusals.set(step, Object.assign(new Error(message), { responseCode: code })),
    hangAt: (step) => {
      hanging = step;
    },
    isEmpty: async () => {
      while (server.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
};

const toReceived = ({ envelope }: SMTPServerSession, source: string): Received => ({
  from: envelope.mailFrom ? envelope.mailFrom.address : "",
  to: envelope.rcptTo.map(({ address }) => address),
  source,
});

const portOf = ({ server }: SMTPServer): number => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
};
