import { jsonHash } from "../../core/json.ts";
import type { LaneName } from "../../core/lane.ts";
import { adoption, conflict, type Orphan, textOf } from "../../core/runs/adoption.ts";
import { readMessage } from "../../core/runs/message.ts";
import { isTerminal, type Run } from "../../core/runs/run.ts";
import { timerKeyOf } from "../../core/shard.ts";
import type { DeadLetter } from "../../ports/index.ts";
import { inputTtl } from "../enqueue/enqueue.ts";
import { deadLetterMessage, deadLetterRun, hasRoomForReason } from "../runs/dead-letters.ts";
import { repeatEndOfMessage } from "../runs/end-run.ts";
import { rowAfterInsert } from "../runs/insert.ts";
import { inputPart } from "../runs/payloads.ts";
import { needsWatch, watchRuns } from "../runs/watch-runs.ts";
import { hasTime } from "../time-budget.ts";
import type { Sweep } from "./context.ts";

/** Rounds without a native dead letter before the lane is left to the next sweep. */
const maxIdleRounds = 50;

/** Long enough to see most dead letters once, short enough not to hide them from a native redrive. */
const hiddenSeconds = 10;

/**
 * Handle native dead letters: those that SQS made, which have no reason. SQS dead-letters a message that was received
 * too often, which is no evidence against its run: its workers did not start, or the store was down. So the run is
 * watched and the dead letter is deleted; the run ends by its own rules. Only a message that cannot become a run stays
 * a dead letter, with the reason beside it.
 * @returns how many were handled
 */
export const drainDeadLetters = async (sweep: Sweep, lane: LaneName): Promise<number> => {
  if (sweep.depths.get(lane)?.dead === 0) return 0;
  const outcomes: Handled[] = [];
  for (let idle = 0; idle < maxIdleRounds && hasTime(sweep); ) {
    const letters = await sweep.ports.queue.receiveDeadLetters(lane, hiddenSeconds);
    const native = letters.filter((deadLetter) => deadLetter.reason === undefined);
    const handled = await Promise.all(native.map((deadLetter) => handleSafely(sweep, lane, deadLetter)));
    outcomes.push(...handled);
    if (!handled.some(({ isDone }) => isDone)) idle++;
    if (letters.length === 0) break;
  }
  logFailures(sweep, lane, outcomes);
  return outcomes.filter(({ isDone }) => isDone).length;
};

interface Handled {
  /** Whether the dead letter was deleted, because its run is safe without it. */
  readonly isDone: boolean;
  /** Why it was not handled. */
  readonly error?: unknown;
}

const handleSafely = async (sweep: Sweep, lane: LaneName, deadLetter: DeadLetter): Promise<Handled> => {
  try {
    const isDone = await handle(sweep, lane, deadLetter);
    if (isDone) await sweep.ports.queue.deleteDeadLetter(lane, deadLetter);
    return { isDone };
  } catch (error) {
    return { isDone: false, error };
  }
};

/** Log one line per lane, however many dead letters wait for a store that is down. */
const logFailures = ({ ports }: Sweep, lane: LaneName, outcomes: readonly Handled[]): void => {
  const errors = outcomes.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return;
  const facts = { lane, count: errors.length, error: errors[0] };
  ports.log.warn("native dead letters not handled; the next sweep retries", facts);
};

/** Handle one native dead letter. Answers whether it may be deleted. */
const handle = async (sweep: Sweep, lane: LaneName, deadLetter: DeadLetter): Promise<boolean> => {
  const { body, messageId } = deadLetter;
  const read = readMessage(body, messageId);
  if ("problem" in read) return await refuse(sweep, lane, deadLetter, read.problem);
  const { message, id } = read;
  const row = (await sweep.ports.runs.read([id])).get(id);
  const otherWork =
    row && conflict(row, message, jsonHash(textOf(message, sweep.registry.jobs.get(message.job))));
  if (otherWork !== undefined) return await refuse(sweep, lane, deadLetter, otherWork);
  if (row) return await keepRun(sweep, row, { generation: message.generation ?? 1, messageId });
  return await adopt(sweep, { message, id, lane }, deadLetter);
};

/** Make sure that the run of a dead letter is watched, or that the effects of its end are applied. */
const keepRun = async (
  { ports, now }: Sweep,
  row: Run,
  { generation, messageId }: { readonly generation: number; readonly messageId: string },
): Promise<boolean> => {
  // A redrive that no worker claimed leaves the run dead, and redrivable.
  if (row.state === "dead" && generation === row.generation) return await deadLetterRun(ports, row, row);
  if (isTerminal(row.state)) return await repeatEndOfMessage(ports, row, { generation, messageId });
  if (row.generation !== generation || !needsWatch(row)) return true;
  return (await watchRuns(ports, [row], now)).length === 0;
};

/** Write the row that the message's sender did not write, watched from the start. */
const adopt = async (sweep: Sweep, orphan: Orphan, deadLetter: DeadLetter): Promise<boolean> => {
  const { ports, registry, now } = sweep;
  const adopted = adoption(orphan, registry.jobs, now);
  if ("refused" in adopted) return await refuse(sweep, orphan.lane, deadLetter, adopted.refused);
  const { run, input } = adopted;
  if (run.inputStored && input !== undefined)
    await ports.payloads.save(run.id, inputPart(run), input, inputTtl(run.dueAt));
  const entry =
    run.state === "parked" ? {} : { timerKey: timerKeyOf("sweep", run.id), timerAt: run.availableAt };
  const row = rowAfterInsert(run, (await ports.runs.create([{ ...run, ...entry }]))[0]);
  if (row instanceof Error) throw row;
  return (
    row === run ||
    (await keepRun(sweep, row, { generation: run.generation, messageId: deadLetter.messageId }))
  );
};

/** Replace the dead letter by one with a reason. A body that leaves no room for a reason stays as SQS put it there. */
const refuse = async (
  { ports }: Sweep,
  lane: LaneName,
  deadLetter: DeadLetter,
  problem: string,
): Promise<boolean> =>
  hasRoomForReason(deadLetter.body) && (await deadLetterMessage(ports, lane, deadLetter, problem));
