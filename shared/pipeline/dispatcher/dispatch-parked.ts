import { unpark } from "../../core/runs/watch.ts";
import { sendRuns } from "../runs/send-runs.ts";
import { isPaced } from "../time-budget.ts";
import type { Dispatch } from "./context.ts";

/**
 * How long after it is due the sweeper checks a run that was parked. Soon enough for a run whose worker is killed at
 * once, so that its claim need not move the entry, which would cost three write units.
 */
const graceMs = 150_000;

/**
 * Send parked runs that are due soon, then hand them to the sweeper. If the tick is killed in between, the next one
 * sends them again. Only one of the two messages can claim the run.
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
