import { askToCancel, end } from "../core/change.ts";
import { NotFoundError } from "../core/errors.ts";
import { hasEnded, type Run, type Running } from "../core/run.ts";
import type { Ports } from "../ports.ts";

/** What a cancellation came to: the run has ended, or its worker has been told. */
export type Cancelled = "cancelled" | "asked" | "had-ended";

const mostTries = 5;

/**
 * Cancel a run. One that waits ends now; one that runs is told through its signal, within seconds; one that has ended
 * stays as it is.
 * @throws NotFoundError when there is no such run; Error when the run changed hands too often to be caught.
 */
export const cancelRun = async (
  ports: Pick<Ports, "runs" | "clock">,
  id: string,
  reason: string,
): Promise<Cancelled> => {
  for (let tries = 0; tries < mostTries; tries++) {
    const run = (await ports.runs.read([id])).get(id);
    if (!run) throw new NotFoundError(`there is no run "${id}"`);
    if (hasEnded(run.state)) return "had-ended";
    const now = ports.clock.now();
    const [written] = await ports.runs.change([cancellation(run, reason, now)]);
    if (written?.changed) return isHeld(run, now) ? "asked" : "cancelled";
  }
  throw new Error(`run "${id}" changed ${mostTries} times while it was being cancelled: try again`);
};

/** Whoever runs past its lease is not there to be told. */
const cancellation = (run: Run, reason: string, now: number) =>
  isHeld(run, now) ? askToCancel(run, reason) : end(run, { kind: "cancelled", reason }, now);

const isHeld = (run: Run, now: number): run is Running => run.state === "running" && run.free > now;
