import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import pLimit from "p-limit";

/**
 * The services answer in milliseconds. A request that takes seconds is lost, and waiting longer would use up the time
 * that an invocation reserves for its end. Every write is safe to repeat. Region, credentials and endpoints come from
 * the standard variables; connections are kept alive, which is the SDK's default.
 */
export const sdkRetryConfig = {
  maxAttempts: 3,
  retryMode: "standard",
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    // Without this the SDK only logs a warning after the timeout, and continues to wait.
    throwOnRequestTimeout: true,
  },
} as const;

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
}

/**
 * The most concurrent requests of one client. A tick may want hundreds, and on a slow store they would wait for one
 * another and time out together. The rest waits here, where no timeout runs. The SDK's own limit is 50 connections,
 * with the timeout running.
 */
export const maxInFlight = 8;

export const createClients = (): Clients => {
  const dynamodb = new DynamoDBClient(sdkRetryConfig);
  // A queue's URL has the port from when it was created; the endpoint is where the queue is now.
  const sqs = new SQSClient({ ...sdkRetryConfig, useQueueUrlAsEndpoint: false });
  dynamodb.middlewareStack.add(limitInFlight(), { step: "initialize", name: "inTurn" });
  sqs.middlewareStack.add(limitInFlight(), { step: "initialize", name: "inTurn" });
  // This middleware copies every request and answer for a logger that is not set: a fifteenth of a tick's processor
  // time.
  for (const client of [dynamodb, sqs]) client.middlewareStack.remove("loggerMiddleware");
  return { dynamodb, sqs };
};

/** Middleware that limits concurrent requests. It is the outermost, so that retries of a request keep its place. */
const limitInFlight = () => {
  const limit = pLimit(maxInFlight);
  return <Args, Answer>(next: (args: Args) => Promise<Answer>) =>
    (args: Args): Promise<Answer> =>
      limit(() => next(args));
};
