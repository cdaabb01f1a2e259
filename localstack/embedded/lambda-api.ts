import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { arn } from "./address.ts";
import type { Invocation } from "./invocation.ts";
import { freePort } from "./port.ts";

/** A function that can be invoked by its name. */
interface Invocable {
  readonly name: string;
  invoke(event: unknown): Promise<Invocation>;
  /** Starts an invocation in the background. @returns false when it cannot start now */
  begin(event: unknown): boolean;
}

/** Lambda's API on this machine, reduced to `Invoke`. It has no functions until some are deployed. */
export interface LambdaApi {
  readonly port: number;
  deploy(functions: readonly Invocable[]): void;
  stop(): Promise<void>;
}

export const startLambdaApi = async (wantedPort: number | undefined): Promise<LambdaApi> => {
  const port = await freePort(wantedPort);
  const deployed = new Map<string, Invocable>();
  const server = createServer((request, response) => {
    answer(deployed, request)
      .catch(internalError)
      .then((reply) => send(response, reply));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port,
    deploy(functions) {
      for (const each of functions) deployed.set(each.name, each);
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const path = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

const answer = async (deployed: ReadonlyMap<string, Invocable>, request: IncomingMessage): Promise<Reply> => {
  const [, wanted] = path.exec(request.url ?? "") ?? [];
  if (request.method !== "POST" || wanted === undefined)
    return refusal(404, "UnknownOperationException", "only Invoke is supported here");
  // A name, or an ARN, which ends with the name.
  const name = decodeURIComponent(wanted).replace(/^.*:/, "");
  const target = deployed.get(name);
  if (!target)
    return refusal(
      404,
      "ResourceNotFoundException",
      `Function not found: ${arn("lambda", `function:${name}`)}`,
    );
  return await invoke(target, request);
};

const invoke = async (target: Invocable, request: IncomingMessage): Promise<Reply> => {
  const body = await text(request);
  const event = parsed(body);
  if (event === undefined)
    return refusal(
      400,
      "InvalidRequestContentException",
      `expected an event in JSON, got ${body.slice(0, 80)}`,
    );
  if (request.headers["x-amz-invocation-type"] !== "Event") return outcomeReply(await target.invoke(event));
  return target.begin(event) ? { status: 202 } : refusal(429, "TooManyRequestsException", "Rate Exceeded.");
};

/** Like Lambda, treats a missing event as an empty one. */
const parsed = (body: string): unknown => {
  try {
    return body === "" ? {} : JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** The invocation of a function that fails is still HTTP 200, with the error as its payload. */
const outcomeReply = (outcome: Invocation): Reply => {
  if (outcome.ok) return { status: 200, body: outcome.response };
  const { errorType, errorMessage } = outcome;
  return {
    status: 200,
    headers: { "X-Amz-Function-Error": "Unhandled" },
    body: { errorType, errorMessage },
  };
};

const internalError = (problem: unknown): Reply => refusal(500, "ServiceException", String(problem));

const refusal = (status: number, type: string, Message: string): Reply => ({
  status,
  headers: { "X-Amzn-ErrorType": type },
  body: { Type: status < 500 ? "User" : "Service", Message },
});

const send = (response: ServerResponse, { status, headers, body }: Reply): void => {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "X-Amzn-RequestId": randomUUID(),
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
};
