import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";

/**
 * The services answer in milliseconds: a request that takes seconds is lost, and waiting longer would use up what an
 * invocation keeps for its end. Every write is safe to repeat. Region, credentials and endpoints come from the
 * standard variables; connections are kept alive, which is the SDK's default.
 */
export const patience = {
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

export const createClients = (): Clients => ({
  dynamodb: new DynamoDBClient(patience),
  // A queue's URL keeps the port of the day it was made; the endpoint is where the queue is today.
  sqs: new SQSClient({ ...patience, useQueueUrlAsEndpoint: false }),
});
