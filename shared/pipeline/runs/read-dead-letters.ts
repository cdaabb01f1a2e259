import { type LaneName, laneNames } from "../../core/lane.ts";
import { parseMessage } from "../../core/runs/message.ts";
import { runId } from "../../core/runs/new-run.ts";
import type { Run } from "../../core/runs/run.ts";
import type { DeadLetter, Ports } from "../../ports/index.ts";

type ReadPorts = Pick<Ports, "clock" | "queue" | "runs">;

/**
 * What a dead letter refers to.
 * - `dead`: a dead run.
 * - `stale`: a run that is no longer dead, because it was retried. The dead letter is obsolete.
 * - `refused`: a message that never became a run.
 * - `unread`: SQS put the message there, and the sweeper has not handled it yet.
 */
export const deadLetterKinds = ["dead", "stale", "refused", "unread"] as const;
export type DeadLetterKind = (typeof deadLetterKinds)[number];

export interface ReadDeadLetter {
  readonly lane: LaneName;
  readonly message: DeadLetter;
  readonly kind: DeadLetterKind;
  /** The id of the run that the body names, whether or not the run exists. */
  readonly runId: string | undefined;
  readonly run: Run | undefined;
}

/** Long enough to read this many once, short enough that a native redrive and the next command find them. */
const hiddenSeconds = (count: number): number => Math.min(20, Math.max(2, Math.ceil(count / 50)));

/** Slightly longer than the sweeper hides the dead letters that it reads. */
const sweeperHoldsMs = 11_000;

interface ReadOptions {
  readonly lanes?: readonly LaneName[] | undefined;
  /** The most dead letters to read. */
  readonly max: number;
  /** How long to wait for dead letters that another reader has hidden. */
  readonly waitMs?: number;
}

/**
 * Read the dead letters of some lanes, in pages of at most ten, without deleting them. SQS has no look-up: it hands out
 * what is visible, in no particular order.
 */
export async function* readDeadLetters(
  ports: ReadPorts,
  { lanes = laneNames, max, waitMs = sweeperHoldsMs }: ReadOptions,
): AsyncGenerator<readonly ReadDeadLetter[]> {
  let left = max;
  for (const lane of lanes) {
    const { dead } = await ports.queue.depth(lane);
    const seen = new Set<string>();
    const until = ports.clock.now() + waitMs;
    while (left > 0 && dead > 0 && seen.size < dead) {
      const letters = await ports.queue.receiveDeadLetters(lane, hiddenSeconds(dead));
      const fresh = letters.filter(({ messageId }) => !seen.has(messageId)).slice(0, left);
      for (const { messageId } of fresh) seen.add(messageId);
      left -= fresh.length;
      if (fresh.length > 0) yield await describeAll(ports, lane, fresh);
      else if (ports.clock.now() >= until) break;
      else await ports.clock.sleep(500);
    }
  }
}

const describeAll = async (
  { runs }: ReadPorts,
  lane: LaneName,
  letters: readonly DeadLetter[],
): Promise<readonly ReadDeadLetter[]> => {
  const named = letters.map((message) => ({ message, ...namedBy(message) }));
  const rows = await runs.read([...new Set(named.flatMap(({ id }) => id ?? []))]);
  return named.map(({ message, id, generation }) => {
    const run = id === undefined ? undefined : rows.get(id);
    return { lane, message, runId: id, run, kind: kindOf(message, run, generation) };
  });
};

const namedBy = ({ body, messageId }: DeadLetter) => {
  const parsed = parseMessage(body);
  if ("problem" in parsed) return { id: undefined, generation: undefined };
  const { id, job, key, generation = 1 } = parsed.message;
  return { id: id ?? runId(job, key ?? messageId), generation };
};

const kindOf = (
  message: DeadLetter,
  run: Run | undefined,
  generation: number | undefined,
): DeadLetterKind => {
  if (message.reason === undefined) return "unread";
  if (!run) return "refused";
  return run.state === "dead" && run.generation === generation ? "dead" : "stale";
};

/** How many dead letters a retry searches for those that it made stale. */
const maxSearched = 500;

/**
 * Delete the dead letters of runs that are no longer dead, if they are among the first that the queues hand out. A
 * stale dead letter that is not found is harmless: when it is redriven, its generation is too old to claim the run.
 * @returns how many were deleted
 */
export const discardStale = async (ports: ReadPorts, lanes: readonly LaneName[]): Promise<number> => {
  let discarded = 0;
  for await (const page of readDeadLetters(ports, { lanes, max: maxSearched, waitMs: 0 })) {
    const stale = page.filter(({ kind }) => kind === "stale");
    await Promise.all(stale.map(({ lane, message }) => ports.queue.deleteDeadLetter(lane, message)));
    discarded += stale.length;
  }
  return discarded;
};
