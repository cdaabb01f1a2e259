import { askToCancel, end } from "../core/change.ts";
import { NotFoundError } from "../core/errors.ts";
import { hasEnded, type Run } from "../core/run.ts";
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
    const [written] = await ports.runs.change([cancellation(run, reason, ports.clock.now())]);
    if (written?.changed) return run.state === "running" ? "asked" : "cancelled";
  }
  throw new Error(`run "${id}" changed ${mostTries} times while it was being cancelled: try again`);
};

const cancellation = (run: Run, reason: string, now: number) =>
  run.state === "running" ? askToCancel(run, reason) : end(run, { kind: "cancelled", reason }, now);
