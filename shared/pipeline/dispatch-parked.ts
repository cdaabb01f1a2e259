import { unpark } from "../core/change.ts";
import { messageFor } from "../core/message.ts";
import { delaySeconds } from "../core/new-run.ts";
import type { Dispatch } from "./dispatch.ts";

/** How long after it is due an un-parked run is left to its message before the sweeper looks. */
const graceMs = 5 * 60_000;

/**
 * Send parked runs whose time has come, then hand them to the sweeper. Killed in between, the next tick sends again,
 * and both messages meet in one claim.
 */
export const dispatchParked = async ({ ports }: Dispatch, ids: readonly string[]): Promise<number> => {
  const rows = [...(await ports.runs.read(ids)).values()].filter(({ dueKey }) => dueKey?.startsWith("park#"));
  const parked = rows.filter(({ state }) => state === "parked");
  const now = ports.clock.now();
  const problems = await ports.queue.send(
    parked.map((run) => ({
      lane: run.lane,
      body: messageFor(run, now),
      delaySeconds: delaySeconds(run.free, now),
      tenant: run.tenant,
    })),
  );
  const unsent = new Set(parked.filter((_, i) => problems[i] !== undefined).map(({ id }) => id));
  const sent = rows.filter(({ id }) => !unsent.has(id));
  await ports.runs.change(sent.map((run) => unpark(run, Math.max(now, run.free) + graceMs)));
  return parked.length - unsent.size;
};
