import { messageFor } from "../core/message.ts";
import { delaySeconds } from "../core/new-run.ts";
import type { Run } from "../core/run.ts";
import type { OutgoingMessage, Ports } from "../ports.ts";
import { standing } from "./standing.ts";

/**
 * Insert the runs that are not there yet, and send every one that still waits: a run that stood already was perhaps
 * not sent, its former dispatcher being killed in between.
 * @returns ids of the runs whose message no queue has
 */
export const createAndSend = async (
  { clock, runs, queue, log }: Pick<Ports, "clock" | "runs" | "queue" | "log">,
  wanted: readonly Run[],
): Promise<ReadonlySet<string>> => {
  if (wanted.length === 0) return new Set();
  const created = await runs.create(wanted);
  const rows = wanted.map((run, i) => ({ run, row: standing(run, created[i]) }));
  const missing = rows.flatMap(({ run, row }) => (row instanceof Error ? [run] : []));
  const waiting = rows.flatMap(({ run, row }) =>
    !(row instanceof Error) && row.state === "queued" ? [run] : [],
  );
  // Not the instant that the tick began: in a storm that is long ago, and a delay counts from when the queue has it.
  const now = clock.now();
  const problems = await queue.send(waiting.map((run) => toMessage(run, now)));
  const unsent = [...missing, ...waiting.filter((_, i) => problems[i] !== undefined)];
  if (unsent.length > 0) log.warn("occurrences not sent: the next tick will", { count: unsent.length });
  return new Set(unsent.map(({ id }) => id));
};

const toMessage = (run: Run, now: number): OutgoingMessage => ({
  lane: run.lane,
  body: messageFor(run, now),
  delaySeconds: delaySeconds(run.due, now),
  tenant: run.tenant,
});
