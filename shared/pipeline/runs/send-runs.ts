import type { Run } from "../../core/runs/run.ts";
import { sendSlots } from "../../core/schedules/send-slots.ts";
import type { Ports } from "../../ports/index.ts";
import { outgoingMessage } from "./outgoing-message.ts";

/** Whether to wait, up to a second, for the moment from which a run's message comes just in time. */
export interface Pacing {
  readonly isPaced: boolean;
}

/**
 * Send runs to their lanes, each so that it comes when it may be claimed.
 * @returns ids of the runs whose message no queue has
 */
export const sendRuns = async (
  { clock, queue }: Pick<Ports, "clock" | "queue">,
  runs: readonly Run[],
  { isPaced }: Pacing,
): Promise<ReadonlySet<string>> => {
  const groups = isPaced
    ? sendSlots(runs, ({ availableAt }) => availableAt, clock.now())
    : [{ waitMs: 0, all: runs }];
  const unsent = await Promise.all(
    groups.map(async ({ waitMs, all }) => {
      if (waitMs > 0) await clock.sleep(waitMs);
      // Not the instant that the tick began: in a storm that is long ago, and a delay counts from when the queue has it.
      const now = clock.now();
      const problems = await queue.send(all.map((run) => outgoingMessage(run, now)));
      return all.flatMap(({ id }, i) => (problems[i] === undefined ? [] : [id]));
    }),
  );
  return new Set(unsent.flat());
};
