/** Keeps every lane filled until asked to finish. Then reports the enqueued runs, and how often a lane was empty. */
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { pipelineEnv, readEnv } from "../../shared/aws/env.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { type LaneName, laneNames } from "../../shared/core/lane.ts";
import { enqueueMany } from "../../shared/pipeline/enqueue/enqueue.ts";
import { quietLog } from "./bench-ports.ts";
import { finishRequested, parentArgument, sendToParent } from "./child.ts";
import { noop, note } from "./project/jobs.ts";

const { waiting } = z.object({ waiting: z.int().positive() }).parse(parentArgument());
const ports = createPorts(readEnv(pipelineEnv, process.env), { log: quietLog, environmentId: "feeder" });
const ids: string[] = [];
let depthChecks = 0;
let emptyChecks = 0;
let isFinishing = false;
void finishRequested.then(() => {
  isFinishing = true;
});

const batchSize = 100;

const feed = async (lane: LaneName): Promise<void> => {
  while (!isFinishing) {
    const { visible } = await ports.queue.depth(lane);
    depthChecks++;
    if (visible === 0) emptyChecks++;
    if (visible < waiting) await enqueueBatch(lane);
    else await wait(100);
  }
};

const enqueueBatch = async (lane: LaneName): Promise<void> => {
  const request = { job: noop, input: { note }, options: { priority: lane } };
  const answers = await enqueueMany(
    ports,
    Array.from({ length: batchSize }, () => request),
  );
  ids.push(...answers.flatMap((answer) => (answer instanceof Error ? [] : [answer.id])));
};

await Promise.all(laneNames.map(feed));
sendToParent({ ids, depthChecks, emptyChecks }, true);
