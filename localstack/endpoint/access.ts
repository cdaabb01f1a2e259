import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";

/** How an endpoint is spoken to that asks nobody who they are. */

/** Of whoever comes with credentials that name no other. */
export const account = "000000000000";
export const region = "us-east-1";
export const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** Of what a machine at its limit still answers: a server that hangs must not hang us. */
const requestHandler = { requestTimeout: 60_000, throwOnRequestTimeout: true };
const access = { region, credentials, requestHandler };

/** A queue's URL says how the server calls itself, which nobody else need know. */
export const sqsAt = (url: string): SQSClient =>
  new SQSClient({ ...access, endpoint: url, useQueueUrlAsEndpoint: false });

export const dynamodbAt = (url: string): DynamoDBClient => new DynamoDBClient({ ...access, endpoint: url });
