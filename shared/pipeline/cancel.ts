import { askToCancel } from "../core/change.ts";
import { NotFoundError } from "../core/errors.ts";
import { hasEnded, type Run, type Running } from "../core/run.ts";
import { type EndedRun, type EndPorts, endRun } from "./runs/end-run.ts";

/** What a cancellation came to: the run has ended, or its worker has been told. */
export type Cancelled = "cancelled" | "asked" | "had-ended";

export interface Cancellation {
  readonly reason: string;
  /** Default: an operator. */
  readonly by?: Extract<EndedRun["endedBy"], "operator" | "overlap">;
}

const mostTries = 5;

/**
 * Cancel a run. One that waits ends now; one that runs is told through its signal, within seconds; one that has ended
 * stays as it is.
 * @throws NotFoundError when there is no such run; Error when the run changed hands too often to be caught.
 */
export const cancelRun = async (
  ports: EndPorts,
  id: string,
  { reason, by: endedBy = "operator" }: Cancellation,
): Promise<Cancelled> => {
  for (let tries = 0; tries < mostTries; tries++) {
    const run = (await ports.runs.read([id])).get(id);
    if (!run) throw new NotFoundError(`there is no run "${id}"`);
    if (hasEnded(run.state)) return "had-ended";
    if (isHeld(run, ports.clock.now())) {
      const [written] = await ports.runs.change([askToCancel(run, reason)]);
      if (written?.changed) return "asked";
    } else if (await endRun(ports, run, { verdict: { kind: "cancelled", reason }, endedBy })) {
      return "cancelled";
    }
  }
  throw new Error(`run "${id}" changed ${mostTries} times while it was being cancelled: try again`);
};

/** A worker that has not ended its attempt by the end of the lease is gone. */
const isHeld = (run: Run, now: number): run is Running => run.state === "running" && run.free > now;
