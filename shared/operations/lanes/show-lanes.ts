import * as z from "zod";
import { type LaneName, laneNames } from "../../core/lane.ts";
import { addCounts, minuteOf, noCounts } from "../../pipeline/worker/metrics-counter.ts";
import type { LaneCounts, LaneDepth, Ports } from "../../ports/index.ts";
import { defineOperation } from "../operation.ts";
import { iso } from "../runs/run-view.ts";

/**
 * What is on a lane now, and what its workers did in a window of time. The counts add up: `claimed` is the sum of
 * `succeeded`, `retried`, `dead`, `deferred` and `other`. A worker writes the counts of a batch when the batch ends, so
 * what is being worked on is not among them, and nor is what died with its worker.
 */
export interface LaneView {
  readonly lane: LaneName;
  /** Messages; `dead` are those on the lane's dead-letter queue. */
  readonly depth: LaneDepth;
  readonly counts: Omit<LaneCounts, "waitMs" | "workMs"> & {
    /** Claimed, and cancelled, expired or taken over by another worker. */
    readonly other: number;
  };
  /** From due to start, on average. Absent when nothing was claimed. */
  readonly meanWaitMs?: number;
  /** How long an attempt took, on average. Absent when none ended. */
  readonly meanWorkMs?: number;
}

export interface ShownLanes {
  /** The window that the counts are of: the last full minutes, and the one that is not over. ISO 8601. */
  readonly from: string;
  readonly until: string;
  readonly lanes: readonly LaneView[];
}

export const laneShow = defineOperation({
  name: "lanes.show",
  description: "Show how many messages each lane holds and what its workers did in the last minutes.",
  readOnly: true,
  input: z.object({ minutes: z.int().min(1).max(60).default(5) }),
  async run({ minutes }, { ports }): Promise<ShownLanes> {
    const until = ports.clock.now();
    const first = minuteOf(until) - minutes;
    const [counts, depths] = await Promise.all([
      countsSince(ports, first, minuteOf(until)),
      Promise.all(laneNames.map((lane) => ports.queue.depth(lane))),
    ]);
    const lanes = laneNames.flatMap((lane, i) => {
      const depth = depths[i];
      return depth ? [viewOf(lane, depth, counts.get(lane) ?? noCounts)] : [];
    });
    return { from: iso(first * 60_000), until: iso(until), lanes };
  },
});

const countsSince = async (
  { metrics }: Pick<Ports, "metrics">,
  first: number,
  last: number,
): Promise<ReadonlyMap<LaneName, LaneCounts>> => {
  const each = await Promise.all(
    Array.from({ length: last - first + 1 }, (_, minute) => metrics.read(first + minute)),
  );
  return new Map(
    laneNames.map((lane) => [lane, each.reduce((sum, of) => addCounts(sum, of.get(lane) ?? {}), noCounts)]),
  );
};

const viewOf = (lane: LaneName, depth: LaneDepth, { waitMs, workMs, ...counts }: LaneCounts): LaneView => {
  const ended = counts.succeeded + counts.retried + counts.dead;
  return {
    lane,
    depth,
    counts: { ...counts, other: Math.max(0, counts.claimed - ended - counts.deferred) },
    ...(counts.claimed > 0 && { meanWaitMs: Math.round(waitMs / counts.claimed) }),
    ...(ended > 0 && { meanWorkMs: Math.round(workMs / ended) }),
  };
};
