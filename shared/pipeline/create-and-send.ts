import { messageFor } from "../core/message.ts";
import { delaySeconds } from "../core/new-run.ts";
import type { Run } from "../core/run.ts";
import type { Created, OutgoingMessage, Ports } from "../ports.ts";

/**
 * Insert the runs that are not there yet, and send every one that still waits: a run that stood already was perhaps
 * not sent, its former dispatcher being killed in between.
 * @returns ids of the runs whose message no queue has
 */
export const createAndSend = async (
  { runs, queue, log }: Pick<Ports, "runs" | "queue" | "log">,
  wanted: readonly Run[],
  now: number,
): Promise<ReadonlySet<string>> => {
  if (wanted.length === 0) return new Set();
  const created = await runs.create(wanted);
  const waiting = wanted.filter((run, i) => run.state === "queued" && isQueued(created[i]));
  const problems = await queue.send(waiting.map((run) => toMessage(run, now)));
  const unsent = waiting.filter((_, i) => problems[i] !== undefined);
  if (unsent.length > 0) {
    log.warn("occurrences not sent: the next tick will", {
      count: unsent.length,
      problem: problems.find(Boolean),
    });
  }
  return new Set(unsent.map(({ id }) => id));
};

const isQueued = (created: Created | undefined): boolean =>
  created !== undefined && (created.created || created.existing.state === "queued");

const toMessage = (run: Run, now: number): OutgoingMessage => ({
  lane: run.lane,
  body: messageFor(run, now),
  delaySeconds: delaySeconds(run.due, now),
  tenant: run.tenant,
});
