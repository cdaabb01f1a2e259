/** Keeps every lane fed until it is asked to finish; then it says which runs it has enqueued, and how well it did. */
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { pipelineEnv, readEnv } from "../../shared/aws/env.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { type LaneName, laneNames } from "../../shared/core/lane.ts";
import { enqueueMany } from "../../shared/pipeline/enqueue/enqueue.ts";
import { finishing, given, say } from "./child.ts";
import { quietLog } from "./outside.ts";
import { noop, note } from "./project/jobs.ts";

const { waiting } = z.object({ waiting: z.int().positive() }).parse(given());
const ports = createPorts(readEnv(pipelineEnv, process.env), { log: quietLog, environmentId: "feeder" });
const ids: string[] = [];
let looks = 0;
let empty = 0;
let isFinishing = false;
void finishing.then(() => {
  isFinishing = true;
});

const portion = 100;

const feed = async (lane: LaneName): Promise<void> => {
  while (!isFinishing) {
    const { visible } = await ports.queue.depth(lane);
    looks++;
    if (visible === 0) empty++;
    if (visible < waiting) await enqueuePortion(lane);
    else await wait(100);
  }
};

const enqueuePortion = async (lane: LaneName): Promise<void> => {
  const request = { job: noop, input: { note }, options: { priority: lane } };
  const answers = await enqueueMany(
    ports,
    Array.from({ length: portion }, () => request),
  );
  ids.push(...answers.flatMap((answer) => (answer instanceof Error ? [] : [answer.id])));
};

await Promise.all(laneNames.map(feed));
say({ ids, looks, empty }, true);
