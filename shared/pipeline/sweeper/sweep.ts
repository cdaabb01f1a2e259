import type { Registry } from "../../core/jobs/registry.ts";
import { laneNames } from "../../core/lane.ts";
import { dueShards, shardNumbers } from "../../core/shard.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { Ports } from "../../ports/index.ts";
import { pages } from "../paging.ts";
import { minuteOf } from "../worker/metrics-counter.ts";
import type { Sweep } from "./context.ts";
import { drainDeadLetters } from "./drain-dead-letters.ts";
import { rescueAll, resendBudgets } from "./rescue-runs.ts";
import { watchUnfinished } from "./watch-unfinished.ts";

export interface Swept {
  readonly watched: number;
  readonly resent: number;
  readonly ended: number;
  readonly adopted: number;
}

/**
 * Handle what the happy path left behind: watch runs that have not ended, resend messages that may be lost, end runs
 * without an attempt left, and handle native dead letters. If a sweep is killed anywhere, the next one does the rest.
 * @throws AggregateError when a part failed, after every other part was done
 */
export const sweep = async (ports: Ports, registry: Registry, deadlineAt: number): Promise<Swept> => {
  const now = ports.clock.now();
  const problems: unknown[] = [];
  const guard: Sweep["guard"] = async (part, act) => {
    await act().catch((error: unknown) => {
      ports.log.warn("part of a sweep failed; the next sweep retries it", { part, error });
      problems.push(error);
    });
  };
  const sweep = { ports, registry, now, deadlineAt, guard, depths: await readDepths(ports) };
  let [watched, resent, ended, adopted] = [0, 0, 0, 0];
  await guard("watch", async () => {
    watched = await watchUnfinished(sweep);
  });
  await guard("rescue", async () => {
    ({ resent, ended } = await rescueDue(sweep));
  });
  await Promise.all(
    laneNames.map((lane) =>
      guard(`dead letters of lane ${lane}`, async () => {
        const handled = await drainDeadLetters(sweep, lane);
        adopted += handled;
      }),
    ),
  );
  if (problems.length > 0)
    throw new AggregateError(
      problems,
      `${problems.length} parts of the sweep failed; the next sweep retries them`,
    );
  await ports.watermarks.advance("swept", now);
  return { watched: watched, resent: resent, ended, adopted };
};

/** Read the depth of every lane. A queue that does not answer does not affect the other lanes. */
const readDepths = async ({ queue, log }: Ports): Promise<Sweep["depths"]> => {
  const depths = await Promise.all(
    laneNames.map(async (lane) => {
      const depth = await queue.depth(lane).catch((error: unknown) => {
        log.warn("depth of a lane not read; few messages are resent", { lane, error });
        return undefined;
      });
      return depth ? [[lane, depth] as const] : [];
    }),
  );
  return new Map(depths.flat());
};

const pageSize = 100;

/**
 * Start with another shard each minute, so that a sweep that runs out of time does not always leave the same shards.
 */
const rotated = (shards: readonly number[], by: number): readonly number[] => {
  const start = by % shards.length;
  return [...shards.slice(start), ...shards.slice(0, start)];
};

const rescueDue = async (sweep: Sweep): Promise<Pick<Swept, "resent" | "ended">> => {
  const budgets = await resendBudgets(sweep);
  let [resent, ended] = [0, 0];
  for (const shard of rotated(shardNumbers(dueShards), minuteOf(sweep.now))) {
    const query = { shard, until: sweep.now, limit: pageSize };
    const read = (after: string | undefined) =>
      sweep.ports.runs.due("sweep", withoutUndefined({ ...query, after }));
    await sweep.guard(`due runs, shard ${shard}`, async () => {
      for await (const ids of pages(sweep, read)) {
        const done = await rescueAll(sweep, ids, budgets);
        resent += done.resent;
        ended += done.ended;
      }
    });
  }
  return { resent: resent, ended };
};
