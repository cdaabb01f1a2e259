import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Store } from "../../shared/aws/store.ts";
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

/** What the server answers to its nth request; an error is thrown. */
export type Script = (asked: Asked, turn: number) => object;

interface Client {
  readonly middlewareStack: { readonly add: DynamoDBClient["middlewareStack"]["add"] };
}

/** Answers a client's requests in place of a server, and keeps them. */
const answer = (client: Client, script: Script): readonly Asked[] => {
  const asked: Asked[] = [];
  client.middlewareStack.add(
    (_, { commandName = "" }) =>
      async ({ input }) => {
        const request = { command: commandName, input };
        asked.push(request);
        const output = script(request, asked.length - 1);
        if (output instanceof Error) throw output;
        return { output: { $metadata: {}, ...output }, response: {} };
      },
    { step: "initialize" },
  );
  return asked;
};

/** A store whose DynamoDB says what a test wants it to say. Its clock stands still and sleeps take no time. */
export const scriptedStore = (script: Script) => {
  const dynamodb = new DynamoDBClient(nowhere);
  const asked = answer(dynamodb, script);
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
  return { sqs, asked: answer(sqs, script) };
};
