import { type LaneName, laneNames } from "../../core/lane.ts";
import { parseMessage } from "../../core/runs/message.ts";
import { runId } from "../../core/runs/new-run.ts";
import type { Run } from "../../core/runs/run.ts";
import type { DeadLetter, Ports } from "../../ports/index.ts";

type ReadPorts = Pick<Ports, "clock" | "queue" | "runs">;

/**
 * What a dead letter stands for.
 * - `dead`: a run that is dead.
 * - `stale`: a run that is not dead any more, since it was retried; the dead letter is of no use.
 * - `refused`: a message that never became a run.
 * - `unread`: SQS itself put it there, and the sweeper has not looked at it yet.
 */
export const deadLetterKinds = ["dead", "stale", "refused", "unread"] as const;
export type DeadLetterKind = (typeof deadLetterKinds)[number];

export interface ReadDeadLetter {
  readonly lane: LaneName;
  readonly letter: DeadLetter;
  readonly kind: DeadLetterKind;
  /** The id of the run that the body names, whether or not there is one. */
  readonly runId: string | undefined;
  readonly run: Run | undefined;
}

/** Long enough to read so many through once, short enough that a native redrive and the next command find them. */
const hiddenSeconds = (count: number): number => Math.min(20, Math.max(2, Math.ceil(count / 50)));

/** The sweeper reads dead letters too, and holds them a little less long than this. */
const sweeperHoldsMs = 11_000;

interface ReadOptions {
  readonly lanes?: readonly LaneName[] | undefined;
  /** Read at most so many. */
  readonly max: number;
  /** How long to wait for messages that another reader holds. */
  readonly waitMs?: number;
}

/**
 * Read the dead letters of some lanes, a page of at most ten at a time, without taking them away. SQS cannot look one
 * up: it can only hand out what is visible, in no order.
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
  const named = letters.map((letter) => ({ letter, ...namedBy(letter) }));
  const rows = await runs.read([...new Set(named.flatMap(({ id }) => id ?? []))]);
  return named.map(({ letter, id, generation }) => {
    const run = id === undefined ? undefined : rows.get(id);
    return { lane, letter, runId: id, run, kind: kindOf(letter, run, generation) };
  });
};

const namedBy = ({ body, messageId }: DeadLetter) => {
  const parsed = parseMessage(body);
  if ("problem" in parsed) return { id: undefined, generation: undefined };
  const { id, job, key, generation = 1 } = parsed.message;
  return { id: id ?? runId(job, key ?? messageId), generation };
};

const kindOf = (letter: DeadLetter, run: Run | undefined, generation: number | undefined): DeadLetterKind => {
  if (letter.reason === undefined) return "unread";
  if (!run) return "refused";
  return run.state === "dead" && run.generation === generation ? "dead" : "stale";
};

/** A retry does not search longer than this for the dead letters that it makes stale. */
const maxSearched = 500;

/**
 * Delete the dead letters of runs that are not dead any more, as far as they are found among the first that the queues
 * hand out. What is not found stays, and does no harm: its redrive would meet a run that has moved on.
 * @returns how many were deleted
 */
export const discardStale = async (ports: ReadPorts, lanes: readonly LaneName[]): Promise<number> => {
  let discarded = 0;
  for await (const page of readDeadLetters(ports, { lanes, max: maxSearched, waitMs: 0 })) {
    const stale = page.filter(({ kind }) => kind === "stale");
    await Promise.all(stale.map(({ lane, letter }) => ports.queue.deleteDeadLetter(lane, letter)));
    discarded += stale.length;
  }
  return discarded;
};
