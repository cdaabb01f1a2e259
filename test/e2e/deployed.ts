import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createPorts, queueUrls } from "../../shared/aws/ports.ts";
import type { LaneUrls } from "../../shared/aws/queue.ts";
import { resolveStage } from "../../shared/aws/resolve.ts";
import { type Client, createClient } from "../../shared/client.ts";
import type { LaneName } from "../../shared/core/lane.ts";
import { defineRegistry } from "../../shared/core/registry.ts";
import type { RunState } from "../../shared/core/run.ts";
import type { OperationContext } from "../../shared/pipeline/operations/operation.ts";
import { type ShownRun, showRun } from "../../shared/pipeline/operations/show-run.ts";
import type { Letter, Ports } from "../../shared/ports.ts";
import { createMemory } from "../../shared/testing/memory.ts";
import { eventually } from "./eventually.ts";
import { jobs } from "./jobs/index.ts";
import { schedules } from "./jobs/schedules.ts";
import { credentials, region, stage } from "./project.ts";

/** The deployed pipeline, from outside. */
export interface Deployed extends OperationContext {
  readonly sqs: SQSClient;
  readonly queues: { readonly lanes: LaneUrls; readonly deadLetters: LaneUrls };
  readonly client: Client;
  /** The run, once it is in that state. */
  reaches(id: string, state: RunState): Promise<ShownRun>;
  /** Those on a lane's dead-letter queue, once there are so many. */
  letters(lane: LaneName, count: number): Promise<readonly Letter[]>;
  /** Resolves when no message is left on the lane, waiting, hidden or in flight: each was proven done. */
  isDrained(lane: LaneName): Promise<void>;
  close(): void;
}

/** @throws Error when the endpoint has the stage already: the test would take it over, and destroy it in the end. */
export const checkIsFree = async (url: string): Promise<void> => {
  const sqs = sqsAt(url);
  const isTaken = await resolveStage(stage, sqs).then(
    () => true,
    () => false,
  );
  sqs.destroy();
  if (!isTaken) return;
  throw new Error(
    `${url} has a stage "${stage}" already; remove it by "npx cdk destroy millrace-${stage}", or restart that server`,
  );
};

export const connect = async (url: string): Promise<Deployed> => {
  const dynamodb = new DynamoDBClient({ endpoint: url, region, credentials });
  const sqs = sqsAt(url);
  const env = await resolveStage(stage, sqs);
  const { log } = createMemory().ports;
  const ports = createPorts(env, { log, environmentId: "e2e", clients: { dynamodb, sqs } });
  const context = { ports, registry: defineRegistry(jobs, schedules) };
  return {
    ...{ ...context, sqs, queues: queueUrls(env) },
    client: createClient(async () => ports),
    reaches: (id, state) => reaches(context, id, state),
    letters: (lane, count) => letters(ports, lane, count),
    isDrained: (lane) => isDrained(ports, lane),
    close: () => {
      dynamodb.destroy();
      sqs.destroy();
    },
  };
};

/** A queue's URL says how the server calls itself, which nobody else need know. */
const sqsAt = (url: string): SQSClient =>
  new SQSClient({ endpoint: url, region, credentials, useQueueUrlAsEndpoint: false });

const reaches = async (context: OperationContext, id: string, state: RunState): Promise<ShownRun> => {
  await eventually(
    async () => (await context.ports.runs.read([id])).get(id),
    (run) => run?.state === state,
  );
  return await showRun.run({ id }, context);
};

const letters = async ({ queue }: Ports, lane: LaneName, count: number): Promise<readonly Letter[]> => {
  const seen = new Map<string, Letter>();
  await eventually(
    async () => {
      for (const letter of await queue.letters(lane, 1)) seen.set(letter.messageId, letter);
      return [...seen.values()];
    },
    ({ length }) => length >= count,
  );
  return [...seen.values()];
};

const isDrained = async ({ queue }: Ports, lane: LaneName): Promise<void> => {
  await eventually(
    () => queue.depth(lane),
    ({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0,
  );
};
