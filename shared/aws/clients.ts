import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import pLimit from "p-limit";

/**
 * The services answer in milliseconds: a request that takes seconds is lost, and waiting longer would use up what an
 * invocation keeps for its end. Every write is safe to repeat. Region, credentials and endpoints come from the
 * standard variables; connections are kept alive, which is the SDK's default.
 */
export const sdkRetryConfig = {
  maxAttempts: 3,
  retryMode: "standard",
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    // Without it the SDK only grumbles when the time is up, and waits on.
    throwOnRequestTimeout: true,
  },
} as const;

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
}

/**
 * Requests of one client that are on their way at once. A tick may want hundreds, and on a slow store they would all
 * wait for one another and time out together; the rest waits here, where no clock runs against it. The SDK would stop
 * at 50 connections, with the clock running.
 */
export const maxInFlight = 8;

export const createClients = (): Clients => {
  const dynamodb = new DynamoDBClient(sdkRetryConfig);
  // A queue's URL keeps the port of the day it was made; the endpoint is where the queue is today.
  const sqs = new SQSClient({ ...sdkRetryConfig, useQueueUrlAsEndpoint: false });
  dynamodb.middlewareStack.add(limitInFlight(), { step: "initialize", name: "inTurn" });
  sqs.middlewareStack.add(limitInFlight(), { step: "initialize", name: "inTurn" });
  // It copies every request and every answer for a logger that nobody set: a fifteenth of a tick's processor time.
  for (const client of [dynamodb, sqs]) client.middlewareStack.remove("loggerMiddleware");
  return { dynamodb, sqs };
};

/** Outermost of what the SDK does, so that the repeats of a request keep its place. */
const limitInFlight = () => {
  const limit = pLimit(maxInFlight);
  return <Args, Answer>(next: (args: Args) => Promise<Answer>) =>
    (args: Args): Promise<Answer> =>
      limit(() => next(args));
};
