import { describeValue } from "../../core/describe-value.ts";
import { DefinitionError } from "../../core/errors.ts";
import type { Registry } from "../../core/jobs/registry.ts";
import { isLaneName, type LaneName, laneNames } from "../../core/lane.ts";
import { checkTarget } from "../../core/runs/enqueue-options.ts";
import { type Client, createClient, replaceClient } from "../../pipeline/enqueue/client.ts";
import type { Ports } from "../../ports/index.ts";
import type { EnqueuedWork } from "../perform.ts";

/** How a test sends work to its pipeline. */
export interface Sender {
  /** Enqueue a run, as the client does. */
  enqueue: Client["enqueue"];
  /** Send a message to a lane's queue, as a program in any language does. What is not a text is sent as JSON. */
  send(lane: LaneName, message: unknown): Promise<void>;
  /**
   * Let `enqueue` and `enqueueMany` of `millrace/client` send to this pipeline, in the code under test too.
   * @returns a function that undoes it
   */
  connectClient(): () => void;
}

export interface SenderOptions {
  readonly ports: Ports;
  readonly registry: Registry;
  /** Called before the first request. */
  readonly ready: () => Promise<void>;
  readonly onEnqueued: (enqueued: EnqueuedWork & { readonly by: string }) => void;
}

export const createSender = ({ ports, registry, ready, onEnqueued }: SenderOptions): Sender => {
  const client = createClient(async () => {
    await ready();
    return ports;
  });
  const notedAs = (by: string): Client => ({
    enqueue: async (job, ...rest) => {
      const answer = await client.enqueue(job, ...rest);
      const [input, options] = rest;
      onEnqueued({ job: job.name, input, options: options ?? {}, id: answer.id, by });
      return answer;
    },
    enqueueMany: async (requests) => {
      const answers = await client.enqueueMany(requests);
      requests.forEach(({ job, input, options }, i) => {
        const answer = answers[i];
        if (answer && !(answer instanceof Error))
          onEnqueued({ job: job.name, input, options: options ?? {}, id: answer.id, by });
      });
      return answers;
    },
  });
  const own = notedAs("test");
  return {
    enqueue: async (job, ...rest) => {
      checkTarget(job);
      checkDeployed(registry, job.name);
      return await own.enqueue(job, ...rest);
    },
    send: async (lane, message) => {
      checkLane(lane);
      await ready();
      const body = typeof message === "string" ? message : JSON.stringify(message);
      const [problem] = await ports.queue.send([{ lane, body, delaySeconds: 0 }]);
      if (problem !== undefined) throw new Error(`the message was not sent: ${problem}`);
    },
    connectClient: () => replaceClient(notedAs("client")),
  };
};

const checkDeployed = ({ jobs }: Registry, name: string): void => {
  if (jobs.has(name)) return;
  throw new DefinitionError("job", {
    expected: jobs.size === 0 ? "a pipeline with jobs" : `one of ${[...jobs.keys()].join(", ")}`,
    got: JSON.stringify(name),
    remedy: "pass it to createTestPipeline, in jobs",
  });
};

const checkLane = (lane: string): void => {
  if (isLaneName(lane)) return;
  throw new DefinitionError("lane", {
    expected: `one of ${laneNames.join(", ")}`,
    got: describeValue(lane),
  });
};
