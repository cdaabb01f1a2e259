/**
 * Generates an open-loop load: runs arrive at random instants (Poisson) at a given mean rate, each by its own call of
 * `enqueue`, whether or not earlier runs are done. Reports the enqueued runs at the end.
 */
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { pipelineEnv, readEnv } from "../../shared/aws/env.ts";
import { createPorts } from "../../shared/aws/ports.ts";
import { type LaneName, lanes } from "../../shared/core/lane.ts";
import { enqueue } from "../../shared/pipeline/enqueue/enqueue.ts";
import { quietLog } from "./bench-ports.ts";
import { parentArgument, sendToParent } from "./child.ts";
import { noop, note } from "./project/jobs.ts";

const { perSecond, seconds } = z
  .object({ perSecond: z.number().positive(), seconds: z.number().positive() })
  .parse(parentArgument());
const ports = createPorts(readEnv(pipelineEnv, process.env), { log: quietLog, environmentId: "arrivals" });

/** Chooses a lane at random, in proportion to its share of the workers. */
const anyLane = (): LaneName => {
  let left = Math.random();
  for (const { name, share } of lanes) {
    left -= share;
    if (left < 0) return name;
  }
  return "low";
};

const arrive = async (intendedAt: number) => {
  try {
    const { id } = await enqueue(ports, noop, { intendedAt, note }, { priority: anyLane() });
    return { id, intendedAt, acceptedAt: Date.now() };
  } catch (problem) {
    return { intendedAt, problem: String(problem) };
  }
};

const gapMs = (): number => (-Math.log(1 - Math.random()) * 1_000) / perSecond;

const arrivals: ReturnType<typeof arrive>[] = [];
const end = Date.now() + seconds * 1_000;
for (let at = Date.now() + gapMs(); at < end; at += gapMs()) {
  if (at > Date.now()) await wait(at - Date.now());
  arrivals.push(arrive(Math.round(at)));
}
sendToParent(await Promise.all(arrivals), true);
