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
 * Everything that ends a run ends it through this module, so that whatever must follow an end follows every end.
 *
 * A new effect (release a limit, advance a flow) is one more entry of the list `endEffects`. It must depend on the row alone,
 * so that it can be repeated from the row; it must do no harm when it is repeated; and it must say how it is made good
 * when the process is killed before it.
 */
export type EndPorts = Pick<Ports, "clock" | "log" | "queue" | "runs" | "schedules" | "ledger" | "notes">;

export type EndedRow = RunIn<"succeeded" | "dead" | "cancelled" | "expired">;

export const isEnded = (run: Run | undefined): run is EndedRow => run !== undefined && isTerminal(run.state);

/** A run that has ended, as its effects see it. */
export interface EndedRun {
  /** The row after the end. */
  readonly row: EndedRow;
  readonly endedBy: "worker" | "sweeper" | "operator" | "overlap";
  /** Which attempt of this generation was the last. 0: none had started. */
  readonly attempt: number;
  /** When that attempt started, in milliseconds since 1970. Absent when no worker held the run at its end. */
  readonly startedAt?: number | undefined;
  /** The run's schedule, if the caller has read it. Left out, it is read when an effect needs it. */
  readonly schedule?: { readonly row: ScheduleRow | undefined } | undefined;
}

interface EndEffect {
  readonly name: string;
  /** False: it belongs to the moment of the end, and is not repeated. */
  readonly isRepeated: boolean;
  /** Answers whether it was applied. A rejection counts as no. */
  readonly apply: (ports: EndPorts, ended: EndedRun) => Promise<boolean>;
}

/** One line in the log for every end. Not made good: a killed process has logged nothing. */
const logLine: EndEffect = {
  name: "log line",
  isRepeated: false,
  apply: async ({ log }, ended) => {
    log.info("run", endLine(ended));
    return true;
  },
};

/**
 * The ledger entry of an occurrence that its schedule skipped. The row says so too (`skippedBySchedule`): while the entry is not
 * written the message is returned, and whichever worker receives it next writes it.
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
 * The count of a schedule's runs that died one after another, which pauses the schedule at `pauseAfterDeaths`. The count
 * holds ids, so a death that is repeated counts once. Repeated with the dead letter, and by itself not made good.
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
 * The message of the occurrence that waited for this one to end, if its schedule has one wait. Not made good: it checks
 * by itself now and then.
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
 * The dead letter of a dead run, last, as it is what an operator acts on. Until it is sent, either the row stays in the
 * due index, where the sweeper finds it, or the message is returned, and its next worker sends it.
 */
const deadLetter: EndEffect = {
  name: "dead letter",
  isRepeated: true,
  apply: async (ports, { row }) => row.state !== "dead" || (await deadLetterRun(ports, row, row)),
};

/** All that follows the end of a run, in this order. */
const endEffects: readonly EndEffect[] = [logLine, ledgerEntry, consecutiveDeaths, nextInBuffer, deadLetter];

/**
 * Apply the effects of an end that the caller has written to the row. One that fails is logged; it neither undoes the
 * end nor stops the others.
 * @returns whether all were applied. If not, the caller keeps what leads back to the row: it returns the message or
 * leaves the entry of the due index, and `repeatEndEffects` is called when that comes up.
 */
export const applyEndEffects = (ports: EndPorts, ended: EndedRun): Promise<boolean> =>
  applyAll(ports, ended, endEffects);

/**
 * Apply the effects of a former end again: the process that wrote it may have been killed before it had applied them.
 * @returns as `applyEndEffects`
 */
export const repeatEndEffects = (ports: EndPorts, row: EndedRow): Promise<boolean> =>
  applyAll(
    ports,
    { row, endedBy: "sweeper", attempt: 0 },
    endEffects.filter(({ isRepeated }) => isRepeated),
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
 * End a run that no worker holds, and apply the effects. A dead run stays in the due index until they are applied, so
 * that a sweep repeats those that failed, and those of a process that was killed.
 * @param run the row as it was read
 * @returns whether the run was ended here. False when it was claimed or changed since it was read.
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

/** Take a run that has ended and whose effects are applied out of the due index. */
export const stopWatching = async ({ runs }: Pick<Ports, "runs">, row: EndedRow): Promise<void> => {
  if (row.timerKey !== undefined) await runs.change([unwatch(row)]);
};

/** The same fields as the line of any other attempt. */
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
