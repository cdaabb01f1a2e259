import { memoize } from "../../core/memoize.ts";
import { isWritten, rowAfter } from "../../core/runs/change.ts";
import type { Verdict } from "../../core/runs/decide.ts";
import type { Run } from "../../core/runs/run.ts";
import { end } from "../../core/runs/settle.ts";
import { unwatch } from "../../core/runs/watch.ts";
import type { Ports } from "../../ports/index.ts";
import {
  defaultEndEffects,
  type EndContext,
  type EndEffect,
  type EndedRow,
  type EndedRun,
  type EndPorts,
  isEnded,
} from "./end-effects.ts";
/**
 * Apply the effects of an end that the caller has written to the row. An effect that fails is logged. It neither undoes
 * the end nor stops the other effects.
 * @returns whether all were applied. If not, the caller returns the message to the queue or keeps the row's entry in
 * the timer index, so that `repeatEndEffects` is called later.
 */
export const applyEndEffects = (
  ports: EndPorts,
  ended: EndedRun,
  effects = defaultEndEffects,
): Promise<boolean> =>
  applyAll(ports, { ...ended, schedule: ended.schedule ?? scheduleReader(ports, ended.row) }, effects);

const scheduleReader = ({ schedules }: EndPorts, { schedule: name }: EndedRow): EndContext["schedule"] =>
  memoize(async () => (name === undefined ? undefined : (await schedules.read([name])).get(name)));

interface Repetition {
  /** As in `EndedRun`. */
  readonly schedule?: EndedRun["schedule"];
  /** Default: `defaultEndEffects`. */
  readonly effects?: readonly EndEffect[] | undefined;
}

/**
 * Apply the effects of an earlier end again: the process that wrote it may have been killed before it applied them, or
 * one of them has failed.
 * @returns as `applyEndEffects`
 */
export const repeatEndEffects = (
  ports: EndPorts,
  row: EndedRow,
  { effects = defaultEndEffects, schedule }: Repetition = {},
): Promise<boolean> =>
  applyEndEffects(
    ports,
    { row, endedBy: "sweeper", attempt: 0, schedule },
    effects.filter(({ isRepeated }) => isRepeated),
  );

/** The message of a run, as it came back after the run's end. */
interface ReturnedMessage extends Repetition {
  readonly messageId: string;
  readonly generation: number;
}

/**
 * Repeat the effects of the end that a message led to. Such a message comes back when its worker was killed or an
 * effect has failed; a duplicate cannot be distinguished from it, except for a death. A repetition sends and writes
 * nothing that is there already. It reads the schedule of an occurrence, and its notes under `buffer-one` and
 * `pauseAfterDeaths`; for any other run it costs nothing.
 * @param row the row as it is now
 * @returns whether the message can be deleted
 */
export const repeatEndOfMessage = async (
  ports: EndPorts,
  row: Run | undefined,
  message: ReturnedMessage,
): Promise<boolean> =>
  !isEnded(row) || !hasLedTo(row, message) || (await repeatEndEffects(ports, row, message));

/** A dead letter must not be sent twice, so a death remembers the one message whose attempt died. */
const hasLedTo = (row: EndedRow, { messageId, generation }: ReturnedMessage): boolean =>
  row.state === "dead"
    ? row.generation === generation + 1 && row.deathMessageId === messageId
    : row.generation === generation;

const applyAll = async (
  ports: EndPorts,
  ended: EndContext,
  effects: readonly EndEffect[],
): Promise<boolean> => {
  let isComplete = true;
  for (const { name, apply } of effects) {
    const isApplied = await apply(ports, ended).catch((error: unknown) => {
      ports.log.warn("effect of a run's end failed", {
        run: ended.row.id,
        effect: name,
        error,
      });
      return false;
    });
    isComplete &&= isApplied;
  }
  return isComplete;
};

export interface RunEnd {
  readonly verdict: Extract<Verdict, { kind: "dead" | "expired" | "cancelled" }>;
  readonly endedBy: EndedRun["endedBy"];
}

/**
 * End a run that no worker holds, and apply the effects. A dead run stays in the timer index until they are applied, so
 * that a sweep repeats effects that failed or whose process was killed.
 * @param run the row as it was read
 * @returns whether this call ended the run. False when it was claimed or changed after it was read.
 */
export const endRun = async (ports: EndPorts, run: Run, { verdict, endedBy }: RunEnd): Promise<boolean> => {
  const change = end(run, verdict, ports.clock.now());
  const [written] = await ports.runs.change([change]);
  const isOurs = written?.changed || isWritten(written?.now, change);
  const row = rowAfter(run, change);
  if (!isOurs || !isEnded(row)) return false;
  const isComplete = await applyEndEffects(ports, {
    row,
    endedBy,
    attempt: run.claimCount - run.claimCountAtStart,
  });
  if (isComplete) await stopWatching(ports, row);
  return true;
};

/** Remove a run that has ended and whose effects are applied from the timer index. */
export const stopWatching = async ({ runs }: Pick<Ports, "runs">, row: EndedRow): Promise<void> => {
  if (row.timerKey !== undefined) await runs.change([unwatch(row)]);
};
