import { isWritten, rowAfter } from "../../core/runs/change.ts";
import type { Verdict } from "../../core/runs/decide.ts";
import { isTerminal, type Run, type RunIn } from "../../core/runs/run.ts";
import { end } from "../../core/runs/settle.ts";
import { unwatch } from "../../core/runs/watch.ts";
import { skippedByWorker } from "../../core/schedules/ledger-entry.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";
import { wakeBuffered } from "../schedules/wake-buffered.ts";
import { recordConsecutiveDeaths } from "./consecutive-deaths.ts";
import { deadLetterRun } from "./dead-letters.ts";

/**
 * Every end of a run goes through this module, so that the same effects follow every end.
 *
 * A new effect (release a limit, advance a flow) is one more entry of `defaultEndEffects`. It must depend on the row
 * alone, so that it can be repeated from the row. It must be harmless when it is repeated. Its comment must say what
 * makes up for it when the process is killed before it is applied.
 */
export type EndPorts = Pick<Ports, "clock" | "log" | "queue" | "runs" | "schedules" | "ledger" | "notes">;

export type EndedRow = RunIn<"succeeded" | "dead" | "cancelled" | "expired">;

export const isEnded = (run: Run | undefined): run is EndedRow => run !== undefined && isTerminal(run.state);

/** A run that has ended, as its effects see it. */
export interface EndedRun {
  /** The row after the end. */
  readonly row: EndedRow;
  readonly endedBy: "worker" | "sweeper" | "operator" | "overlap";
  /** The number of the last attempt in this generation. 0: no attempt had started. */
  readonly attempt: number;
  /** When that attempt started, in milliseconds since 1970. Absent when no worker held the run at its end. */
  readonly startedAt?: number | undefined;
  /** The run's schedule, if the caller has read it. Left out, it is read when an effect needs it. */
  readonly schedule?: { readonly row: ScheduleRow | undefined } | undefined;
}

/** An effect of the end of a run. */
export interface EndEffect {
  readonly name: string;
  /** False when the effect belongs to the moment of the end and must not be repeated. */
  readonly isRepeated: boolean;
  /** Answers whether the effect was applied. A rejection counts as not applied. */
  readonly apply: (ports: EndPorts, ended: EndedRun) => Promise<boolean>;
}

/** Log one line for every end. Nothing makes up for it: a killed process has not logged the line. */
const logLine: EndEffect = {
  name: "log line",
  isRepeated: false,
  apply: async ({ log }, ended) => {
    log.info("run", endLine(ended));
    return true;
  },
};

/**
 * Write the ledger entry of an occurrence that its schedule skipped. The row records the skip too
 * (`skippedBySchedule`). Until the entry is written the message is returned to the queue, and the next worker that
 * receives it writes the entry.
 */
const ledgerEntry: EndEffect = {
  name: "ledger entry",
  isRepeated: true,
  apply: async ({ ledger }, { row }) => {
    if (row.state !== "cancelled" || !row.skippedBySchedule || row.schedule === undefined) return true;
    await ledger.record([skippedByWorker(row, row.schedule, row.endedAt, row.reason)]);
    return true;
  },
};

/**
 * Count the runs of a schedule that died one after another, and pause the schedule at `pauseAfterDeaths`. The count
 * holds ids, so a repeated death counts once. It is repeated with the dead letter; nothing else makes up for it.
 */
const consecutiveDeaths: EndEffect = {
  name: "consecutive deaths",
  isRepeated: true,
  apply: async (ports, { row, schedule }) => {
    const { state } = row;
    if (row.schedule === undefined || (state !== "succeeded" && state !== "dead")) return true;
    const stored = schedule ? schedule.row : (await ports.schedules.read([row.schedule])).get(row.schedule);
    await recordConsecutiveDeaths(ports, row, stored, state);
    return true;
  },
};

/**
 * Send the message of the buffered occurrence that waits for this run to end. Nothing needs to make up for it: that
 * occurrence also checks at intervals.
 */
const nextInBuffer: EndEffect = {
  name: "next in buffer",
  isRepeated: true,
  apply: async (ports, { row, schedule }) => {
    if (row.schedule === undefined) return true;
    const stored = schedule ? schedule.row : (await ports.schedules.read([row.schedule])).get(row.schedule);
    if (stored) await wakeBuffered(ports, row, stored);
    return true;
  },
};

/**
 * Send the dead letter of a dead run. It comes last, because operators act on it. Until it is sent, either the row
 * stays in the timer index, where the sweeper finds it, or the message is returned to the queue, and its next worker
 * sends the dead letter.
 */
const deadLetter: EndEffect = {
  name: "dead letter",
  isRepeated: true,
  apply: async (ports, { row }) => row.state !== "dead" || (await deadLetterRun(ports, row, row)),
};

/** The effects of every end, in order. */
export const defaultEndEffects: readonly EndEffect[] = [
  logLine,
  ledgerEntry,
  consecutiveDeaths,
  nextInBuffer,
  deadLetter,
];

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
): Promise<boolean> => applyAll(ports, ended, effects);

/**
 * Apply the effects of an earlier end again: the process that wrote it may have been killed before it applied them.
 * @returns as `applyEndEffects`
 */
export const repeatEndEffects = (
  ports: EndPorts,
  row: EndedRow,
  effects = defaultEndEffects,
): Promise<boolean> =>
  applyAll(
    ports,
    { row, endedBy: "sweeper", attempt: 0 },
    effects.filter(({ isRepeated }) => isRepeated),
  );

const applyAll = async (
  ports: EndPorts,
  ended: EndedRun,
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

/** The facts of the log line of an end. It has the same fields as the line of any other attempt. */
const endLine = ({ row, endedBy, attempt, startedAt }: EndedRun): object => ({
  run: row.id,
  job: row.job,
  lane: row.lane,
  state: row.state,
  attempt,
  ...(startedAt !== undefined && {
    waitMs: Math.max(0, startedAt - row.dueAt),
    tookMs: Math.max(0, row.endedAt - startedAt),
  }),
  ...(row.state !== "succeeded" && { reason: row.reason }),
  ...(endedBy !== "worker" && { endedBy }),
});
