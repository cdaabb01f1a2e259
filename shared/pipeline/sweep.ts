import type { LaneName } from "../core/lane.ts";
import { laneNames } from "../core/lane.ts";
import type { Registry } from "../core/registry.ts";
import { dueShards, shardNumbers } from "../core/shard.ts";
import type { LaneDepth, Ports } from "../ports.ts";
import { pages } from "./dispatch.ts";
import { drainLane } from "./drain.ts";
import { enrolCreated } from "./enrol.ts";
import { hintBudgets, repairAll } from "./repair-runs.ts";
import { minuteOf } from "./tally.ts";

export interface Sweep {
  readonly ports: Ports;
  readonly registry: Registry;
  readonly now: number;
  readonly deadlineAt: number;
  readonly depths: ReadonlyMap<LaneName, LaneDepth>;
}

export interface Swept {
  readonly enrolled: number;
  readonly hinted: number;
  readonly ended: number;
  readonly adopted: number;
}

/**
 * Look after what the happy path forgot: enrol runs that have not ended, send again the hints that may be lost, end
 * what has no attempt left, and give a row to dead letters that have none. Killed anywhere, the next sweep does it.
 */
export const sweep = async (ports: Ports, registry: Registry, deadlineAt: number): Promise<Swept> => {
  const now = ports.clock.now();
  const depths = new Map(
    await Promise.all(laneNames.map(async (lane) => [lane, await ports.queue.depth(lane)] as const)),
  );
  const sweep = { ports, registry, now, deadlineAt, depths };
  const enrolled = await enrolCreated(sweep);
  const repaired = await repairDue(sweep);
  const adopted = await Promise.all(laneNames.map((lane) => drainLane(sweep, lane)));
  await ports.schedules.mark("swept", now);
  return { enrolled, ...repaired, adopted: adopted.reduce((sum, count) => sum + count, 0) };
};

const pageSize = 100;

/** Another first one each minute: when time runs out, it is not always the same who wait. */
const rotated = (shards: readonly number[], by: number): readonly number[] => {
  const start = by % shards.length;
  return [...shards.slice(start), ...shards.slice(0, start)];
};

const repairDue = async (sweep: Sweep): Promise<Pick<Swept, "hinted" | "ended">> => {
  const budgets = await hintBudgets(sweep);
  let [hinted, ended] = [0, 0];
  for (const shard of rotated(shardNumbers(dueShards), minuteOf(sweep.now))) {
    const query = { shard, until: sweep.now, limit: pageSize };
    const read = (after: string | undefined) =>
      sweep.ports.runs.due("sweep", { ...query, ...(after !== undefined && { after }) });
    for await (const ids of pages(sweep, read)) {
      const done = await repairAll(sweep, ids, budgets);
      hinted += done.hinted;
      ended += done.ended;
    }
  }
  return { hinted, ended };
};
