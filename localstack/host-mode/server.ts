import { join } from "node:path";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import { dynamodbAt, sqsAt } from "../endpoint/access.ts";
import { type RunningEndpoint, startServer } from "../endpoint/server.ts";
import type { LocalstackPrograms } from "./install.ts";

export interface LocalstackOptions {
  /** The programs of `installLocalstack`. */
  readonly programs: LocalstackPrograms;
  readonly logFile: string;
}

/** Replaces Lambda's runtime in the functions, as it does in `npm start`. */
const runtime = join(import.meta.dirname, "..", "embedded", "runtime.ts");

export const startLocalstack = async ({ programs, logFile }: LocalstackOptions): Promise<RunningEndpoint> => {
  const { python, java, dynamodbLocal } = programs;
  const script = join(import.meta.dirname, "server.py");
  const server = await startServer({
    name: "LocalStack",
    command: [python, script, java, dynamodbLocal, process.execPath, runtime],
    environment: ({ port, folder }) => ({
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      FILESYSTEM_ROOT: folder,
      // Addresses instead of host names, which may not resolve here: queue URLs are http://127.0.0.1:PORT/queue/….
      LOCALSTACK_HOST: `127.0.0.1:${port}`,
      SQS_ENDPOINT_STRATEGY: "path",
      // Neither usage data, nor a certificate, nor a DNS server on this machine's port 53.
      DISABLE_EVENTS: "1",
      SKIP_SSL_CERT_DOWNLOAD: "1",
      DNS_ADDRESS: "0",
      PYTHONUNBUFFERED: "1",
    }),
    healthPath: "/_localstack/health",
    logFile,
  });
  try {
    await startServices(server.url);
    return server;
  } catch (problem) {
    await server.stop();
    throw problem;
  }
};

/** LocalStack starts a service at its first request, which may then take longer than our clients wait. */
const startServices = async (url: string): Promise<void> => {
  const dynamodb = dynamodbAt(url);
  const sqs = sqsAt(url);
  try {
    await Promise.all([dynamodb.send(new ListTablesCommand()), sqs.send(new ListQueuesCommand())]);
  } finally {
    dynamodb.destroy();
    sqs.destroy();
  }
};
