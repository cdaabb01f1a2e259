import { isTerminal, type Run, type RunIn } from "../../core/runs/run.ts";
import { skippedByWorker } from "../../core/schedules/ledger-entry.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { Ports } from "../../ports/index.ts";
import { wakeBuffered } from "../schedules/wake-buffered.ts";
import { recordConsecutiveDeaths } from "./consecutive-deaths.ts";
import { deadLetterRun } from "./dead-letters.ts";

/**
 * The effects of a run's end. `end-run.ts` applies them, whichever process ends the run.
 *
 * A new effect (advance a flow, store a result in a cache) is one more entry of `defaultEndEffects`. It must depend on
 * the row alone, so that it can be repeated from the row. It must be harmless when it is repeated, also long after the
 * end. Its comment must say what makes up for it when the process is killed before it is applied. What must follow
 * every attempt, retries included, is a settle effect (`worker/settle-effects.ts`).
 */
export type EndPorts = Pick<Ports, "clock" | "log" | "queue" | "runs" | "schedules" | "ledger" | "notes">;

export type EndedRow = RunIn<"succeeded" | "dead" | "cancelled" | "expired">;

export const isEnded = (run: Run | undefined): run is EndedRow => run !== undefined && isTerminal(run.state);

type ReadSchedule = () => Promise<ScheduleRow | undefined>;

/** The end of a run, as the process that wrote it knows it. */
export interface EndedRun {
  /** The row after the end. */
  readonly row: EndedRow;
  readonly endedBy: "worker" | "sweeper" | "operator" | "overlap";
  /** The number of the last attempt in this generation. 0: no attempt had started. */
  readonly attempt: number;
  /** When that attempt started, in milliseconds since 1970. Absent when no worker held the run at its end. */
  readonly startedAt?: number | undefined;
  /** The run's schedule. Left out, it is read once, when the first effect needs it. */
  readonly schedule?: ReadSchedule | undefined;
}

/** The end of a run, as its effects see it. */
export interface EndContext extends EndedRun {
  readonly schedule: ReadSchedule;
}

/** An effect of the end of a run. */
export interface EndEffect {
  readonly name: string;
  /** False when the effect belongs to the moment of the end and must not be repeated. */
  readonly isRepeated: boolean;
  /** Answers whether the effect was applied. A rejection counts as not applied. */
  readonly apply: (ports: EndPorts, ended: EndContext) => Promise<boolean>;
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
 * holds ids, so a repeated death counts once, and a repeated success removes only the deaths before it. A death that is
 * repeated after a later success counts until the next success: one too many, which is the safe side. A count that
 * cannot be written is only logged, and nothing makes up for it.
 */
const consecutiveDeaths: EndEffect = {
  name: "consecutive deaths",
  isRepeated: true,
  apply: async (ports, { row, schedule }) => {
    if (row.schedule === undefined || (row.state !== "succeeded" && row.state !== "dead")) return true;
    await recordConsecutiveDeaths(ports, row, await schedule());
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
    const stored = await schedule();
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
