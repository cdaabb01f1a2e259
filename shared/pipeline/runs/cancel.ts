import { ContentionError } from "../../core/errors.ts";
import { isWritten } from "../../core/runs/change.ts";
import { runNotFound } from "../../core/runs/not-found.ts";
import { requestCancel } from "../../core/runs/requeue.ts";
import { isTerminal, type Run, type Running } from "../../core/runs/run.ts";
import type { EndedRun, EndPorts } from "./end-effects.ts";
import { endRun } from "./end-run.ts";

/** The result of a cancellation. `requested`: a worker holds the run, and the cancellation is requested in its row. */
export type Cancelled = "cancelled" | "requested" | "already-ended";

export interface Cancellation {
  readonly reason: string;
  /** Default: an operator. */
  readonly by?: Extract<EndedRun["endedBy"], "operator" | "overlap">;
}

const maxAttempts = 5;

/**
 * Cancel a run. A waiting run ends now. The signal of a running one is aborted within seconds. An ended one is left as
 * it is.
 * @throws NotFoundError when there is no such run; ContentionError when it was modified concurrently at every try.
 */
export const cancelRun = async (
  ports: EndPorts,
  id: string,
  { reason, by: endedBy = "operator" }: Cancellation,
): Promise<Cancelled> => {
  for (let tries = 0; tries < maxAttempts; tries++) {
    const run = (await ports.runs.read([id])).get(id);
    if (!run) throw runNotFound(id);
    if (isTerminal(run.state)) return "already-ended";
    if (isHeld(run, ports.clock.now())) {
      const change = requestCancel(run, reason);
      const [written] = await ports.runs.change([change]);
      if (written?.changed || isWritten(written?.now, change)) return "requested";
    } else if (await endRun(ports, run, { verdict: { kind: "cancelled", reason }, endedBy })) {
      return "cancelled";
    }
  }
  throw new ContentionError(`run "${id}"`);
};

/** Whether a worker holds the run. A worker that has not settled by the end of its lease is lost. */
const isHeld = (run: Run, now: number): run is Running => run.state === "running" && run.availableAt > now;
