import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type Call, type Reply, toCall } from "./call.ts";
import { type FaultOf, hangUp, noFault } from "./faults.ts";

/** A proxy between one function and AWS. It records calls and injects faults. */
export interface FaultProxy {
  /** For both `AWS_ENDPOINT_URL_SQS` and `AWS_ENDPOINT_URL_DYNAMODB`. */
  readonly url: string;
  /** Starts a new phase with its faults. @returns the calls of the previous phase, in the order of arrival */
  startPhase(faultOf?: FaultOf): readonly Call[];
  stop(): Promise<void>;
}

interface Servers {
  readonly sqsUrl: string;
  readonly dynamodbUrl: string;
}

export const startProxy = async ({ sqsUrl, dynamodbUrl }: Servers): Promise<FaultProxy> => {
  let phase: { calls: Call[]; faultOf: FaultOf } = { calls: [], faultOf: noFault };
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const target = String(incoming.headers["x-amz-target"]);
    const call = toCall(target, await text(incoming));
    phase.calls.push(call);
    const url = target.startsWith("AmazonSQS.") ? sqsUrl : dynamodbUrl;
    const execute = async (): Promise<Reply> => {
      const reply = await send(url, { headers: incoming.headers, body: call.body, agent });
      call.replies.push(reply);
      return reply;
    };
    const reply = await (phase.faultOf(call)?.(execute) ?? execute());
    if (reply === hangUp) outgoing.destroy();
    else outgoing.writeHead(reply.status, reply.headers).end(reply.body, reply.afterwards);
  };

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    startPhase(faultOf = noFault) {
      const { calls } = phase;
      phase = { calls: [], faultOf };
      return calls;
    },
    async stop() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};

const portOf = (address: ReturnType<ReturnType<typeof createServer>["address"]>): number =>
  typeof address === "object" && address ? address.port : 0;

interface Outgoing {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly agent: Agent;
}

const send = (url: string, { headers, body, agent }: Outgoing): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { host: _, ...rest } = headers;
    const forwarded = request(url, { method: "POST", headers: rest, agent }, (answer) => {
      text(answer).then((body) => resolve(toReply(answer, body)), reject);
    });
    forwarded.on("error", reject);
    forwarded.end(body);
  });

/** Drops the headers that concern a single connection. */
const toReply = ({ statusCode = 502, headers }: IncomingMessage, body: string): Reply => {
  const { connection: _, "transfer-encoding": __, ...rest } = headers;
  const single = Object.entries(rest).map(([name, value]) => [name, String(value)]);
  return { status: statusCode, headers: Object.fromEntries(single), body };
};
