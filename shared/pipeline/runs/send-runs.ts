import type { Run } from "../../core/runs/run.ts";
import { sendSlots } from "../../core/schedules/send-slots.ts";
import type { Ports } from "../../ports/index.ts";
import { outgoingMessage } from "./outgoing-message.ts";

/** Whether to wait, up to a second, for the moment at which a message arrives just in time. */
export interface Pacing {
  readonly isPaced: boolean;
}

/**
 * Send runs to their lanes, with delays so that each message arrives when its run may be claimed.
 * @returns ids of the runs that were not sent
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
      // Not the start of the tick, which may be long ago in a storm: the queue counts a delay from when it gets the
      // message.
      const now = clock.now();
      const problems = await queue.send(all.map((run) => outgoingMessage(run, now)));
      return all.flatMap(({ id }, i) => (problems[i] === undefined ? [] : [id]));
    }),
  );
  return new Set(unsent.flat());
};
