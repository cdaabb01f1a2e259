import { z } from "zod";
import { type LaneName, laneNames } from "../../core/lane.ts";
import type { LaneCounts, LaneDepth, Ports } from "../../ports.ts";
import { addCounts, minuteOf, noCounts } from "../tally.ts";
import { defineOperation } from "./operation.ts";

/** What is on a lane now, and what its workers did in the last full minutes. */
export interface LaneView {
  readonly lane: LaneName;
  /** Messages; `dead` are those on the lane's dead-letter queue. */
  readonly depth: LaneDepth;
  readonly counts: Omit<LaneCounts, "waitMs" | "workMs">;
  /** From due to start, on average. Absent when nothing was claimed. */
  readonly meanWaitMs?: number;
  /** How long an attempt took, on average. Absent when none ended. */
  readonly meanWorkMs?: number;
}

export const showLanes = defineOperation({
  name: "lanes",
  description: "Show how many messages each lane holds and what its workers did in the last minutes.",
  changes: false,
  input: z.object({ minutes: z.int().min(1).max(60).default(5) }),
  async run(
    { minutes },
    { ports },
  ): Promise<{ readonly minutes: number; readonly lanes: readonly LaneView[] }> {
    const [counts, depths] = await Promise.all([
      lastMinutes(ports, minutes),
      Promise.all(laneNames.map((lane) => ports.queue.depth(lane))),
    ]);
    const lanes = laneNames.flatMap((lane, i) => {
      const depth = depths[i];
      return depth ? [viewOf(lane, depth, counts.get(lane) ?? noCounts)] : [];
    });
    return { minutes, lanes };
  },
});

/** The minute that is not over is left out: its workers have not written all they counted. */
const lastMinutes = async (
  { clock, metrics }: Pick<Ports, "clock" | "metrics">,
  minutes: number,
): Promise<ReadonlyMap<LaneName, LaneCounts>> => {
  const current = minuteOf(clock.now());
  const each = await Promise.all(
    Array.from({ length: minutes }, (_, back) => metrics.read(current - 1 - back)),
  );
  return new Map(
    laneNames.map((lane) => [lane, each.reduce((sum, of) => addCounts(sum, of.get(lane) ?? {}), noCounts)]),
  );
};

const viewOf = (lane: LaneName, depth: LaneDepth, { waitMs, workMs, ...counts }: LaneCounts): LaneView => {
  const ended = counts.succeeded + counts.retried + counts.dead;
  return {
    ...{ lane, depth, counts },
    ...(counts.claimed > 0 && { meanWaitMs: Math.round(waitMs / counts.claimed) }),
    ...(ended > 0 && { meanWorkMs: Math.round(workMs / ended) }),
  };
};
