import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";

/** Access to an endpoint that requires no authentication. */

/** The account for credentials that name no other. */
export const account = "000000000000";
export const region = "us-east-1";
export const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** Long enough for a busy machine, and short enough that a hanging server does not block the tests. */
const requestHandler = { requestTimeout: 60_000, throwOnRequestTimeout: true };
const access = { region, credentials, requestHandler };

/** Sends requests to the endpoint, not to the host in a queue's URL, which may not resolve here. */
export const sqsAt = (url: string): SQSClient =>
  new SQSClient({ ...access, endpoint: url, useQueueUrlAsEndpoint: false });

export const dynamodbAt = (url: string): DynamoDBClient => new DynamoDBClient({ ...access, endpoint: url });
