import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Deployed } from "../../localstack/endpoint/deploy.ts";
import { createPorts, queueUrls } from "../../shared/aws/ports.ts";
import type { LaneUrls } from "../../shared/aws/sqs/queue.ts";
import { type Client, createClient } from "../../shared/client.ts";
import { defineRegistry } from "../../shared/core/jobs/registry.ts";
import type { LaneName } from "../../shared/core/lane.ts";
import type { RunState } from "../../shared/core/runs/run.ts";
import { runShow, type ShownRun } from "../../shared/operations/runs/show-run.ts";
import type { PipelineContext } from "../../shared/pipeline/context.ts";
import type { DeadLetter, Ports } from "../../shared/ports/index.ts";
import { createMemory } from "../../shared/testing/memory.ts";
import { eventually } from "./eventually.ts";
import { jobs } from "./jobs/index.ts";
import { schedules } from "./jobs/schedules.ts";

/** The deployed pipeline, used from outside. */
export interface Pipeline extends PipelineContext {
  readonly sqs: SQSClient;
  readonly queues: { readonly lanes: LaneUrls; readonly deadLetters: LaneUrls };
  readonly client: Client;
  /** Waits until a run is in the state, and returns it. */
  reaches(id: string, state: RunState): Promise<ShownRun>;
  /** Waits for `count` dead letters of a lane, and returns them. */
  deadLetters(lane: LaneName, count: number): Promise<readonly DeadLetter[]>;
  /** Resolves when the lane has no message, visible, hidden or delayed: each was proven done. */
  isDrained(lane: LaneName): Promise<void>;
}

export const connect = ({ env, clients }: Pick<Deployed, "env" | "clients">): Pipeline => {
  const { log } = createMemory().ports;
  const ports = createPorts(env, { log, environmentId: "e2e", clients });
  const context = { ports, registry: defineRegistry(jobs, schedules) };
  return {
    ...context,
    sqs: clients.sqs,
    queues: queueUrls(env),
    client: createClient(async () => ports),
    reaches: (id, state) => reaches(context, id, state),
    deadLetters: (lane, count) => deadLetters(ports, lane, count),
    isDrained: (lane) => isDrained(ports, lane),
  };
};

const reaches = async (context: PipelineContext, id: string, state: RunState): Promise<ShownRun> => {
  await eventually(
    async () => (await context.ports.runs.read([id])).get(id),
    (run) => run?.state === state,
  );
  return await runShow.run({ id }, context);
};

const deadLetters = async (
  { queue }: Ports,
  lane: LaneName,
  count: number,
): Promise<readonly DeadLetter[]> => {
  const seen = new Map<string, DeadLetter>();
  await eventually(
    async () => {
      for (const deadLetter of await queue.receiveDeadLetters(lane, 1))
        seen.set(deadLetter.messageId, deadLetter);
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
