import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Store } from "../../shared/aws/dynamodb/store.ts";
import { createMemory } from "../../shared/testing/memory.ts";

const nowhere = {
  region: "us-east-1",
  endpoint: "http://127.0.0.1:1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
};

export interface Asked {
  readonly command: string;
  // biome-ignore lint/suspicious/noExplicitAny: a request of any command; tests look into it as they please
  readonly input: any;
}

/** The server's answer to its nth request. An error is thrown. */
export type Script = (asked: Asked, turn: number) => object;

/** Replies in place of a server, and records the requests. */
const scripted = (script: Script) => {
  const asked: Asked[] = [];
  const reply = (command: string, input: object) => {
    const request = { command, input };
    asked.push(request);
    const output = script(request, asked.length - 1);
    if (output instanceof Error) throw output;
    const response = "response" in output ? output.response : {};
    return { output: { $metadata: {}, ...output }, response };
  };
  return { asked, reply };
};

const first = { step: "initialize" } as const;

/** A store with scripted answers of DynamoDB. Its clock does not move, and sleeps take no time. */
export const scriptedStore = (script: Script) => {
  const dynamodb = new DynamoDBClient(nowhere);
  const { asked, reply } = scripted(script);
  dynamodb.middlewareStack.add(
    (_, { commandName = "" }) =>
      async ({ input }) =>
        reply(commandName, input),
    first,
  );
  const { ports, lines } = createMemory();
  const slept: number[] = [];
  const sleep = async (ms: number): Promise<void> => void slept.push(ms);
  const clock = { now: ports.clock.now, sleep };
  const { random, log } = ports;
  const tables = { runs: "runs", state: "state" };
  const store: Store = { dynamodb, clock, random, log, tables };
  return { store, asked, lines, slept };
};

export const scriptedSqs = (script: Script) => {
  const sqs = new SQSClient(nowhere);
  const { asked, reply } = scripted(script);
  sqs.middlewareStack.add(
    (_, { commandName = "" }) =>
      async ({ input }) =>
        reply(commandName, input),
    first,
  );
  return { sqs, asked };
};
