import { unpark } from "../../core/runs/watch.ts";
import { sendRuns } from "../runs/send-runs.ts";
import { isPaced } from "../time-budget.ts";
import type { Dispatch } from "./context.ts";

/**
 * How long after it is due an un-parked run is left to its message before the sweeper looks: soon enough for a run whose
 * worker is killed at once, so that a claim need not move the entry, which costs three write units.
 */
const graceMs = 150_000;

/**
 * Send parked runs whose time has come, then hand them to the sweeper. Killed in between, the next tick sends again,
 * and both messages meet in one claim.
 */
export const dispatchParked = async (tick: Dispatch, ids: readonly string[]): Promise<number> => {
  const { ports } = tick;
  const rows = [...(await ports.runs.read(ids)).values()].filter(({ timerKey }) =>
    timerKey?.startsWith("park#"),
  );
  const parked = rows.filter(({ state }) => state === "parked");
  const unsent = await sendRuns(ports, parked, { isPaced: isPaced(tick) });
  const now = ports.clock.now();
  const sent = rows.filter(({ id }) => !unsent.has(id));
  await ports.runs.change(sent.map((run) => unpark(run, Math.max(now, run.availableAt) + graceMs)));
  return parked.length - unsent.size;
};
