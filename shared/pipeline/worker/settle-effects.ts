import type { Verdict } from "../../core/runs/decide.ts";
import type { Run, Running } from "../../core/runs/run.ts";
import type { Ports } from "../../ports/index.ts";
import { sendRuns } from "../runs/send-runs.ts";
import { attemptLine } from "./run-log.ts";

/** A claimed run whose outcome a worker has written: it ended, is tried again, or was given back. */
export interface SettledRun {
  /** The row as it was claimed. Its token identifies the claim. */
  readonly run: Running;
  /** The row as it is after the outcome was written. */
  readonly row: Run;
  readonly verdict: Verdict;
  /** When the run was claimed, and when its outcome was written, in milliseconds since 1970. */
  readonly claimedAt: number;
  readonly writtenAt: number;
}

/**
 * An effect of every outcome that a worker writes: success, retry, deferral, death and every other end. It follows the
 * write and precedes the end effects. What a gate takes for an attempt, such as a slot, is released here.
 *
 * It is best effort, unlike an end effect: it is not repeated, and a killed worker or a lost lease leaves it out. So
 * what it releases must expire by itself when the lease ends (`run.availableAt`), and must be filed under the claim's
 * token (`run.token`), since another worker may hold the run by then.
 */
export interface SettleEffect {
  readonly name: string;
  readonly apply: (ports: Ports, settled: SettledRun) => Promise<void>;
}

/** Log one line for every attempt that does not end its run. The line of an end is an end effect. */
const attemptLog: SettleEffect = {
  name: "attempt log line",
  apply: async ({ log }, { run, verdict, ...times }) => {
    if (verdict.kind === "retry" || verdict.kind === "deferred")
      log.info("run", attemptLine(run, verdict, times));
  },
};

/**
 * Send the message of a run that was moved to another lane. The dispatcher sends it as well, at its next tick, which
 * makes up for a failure. Only one of the two messages can claim the run.
 */
const moveToLane: SettleEffect = {
  name: "message to the other lane",
  apply: async (ports, { row, verdict }) => {
    if (verdict.kind !== "deferred" || verdict.lane === undefined) return;
    if (row.state !== "parked" || row.availableAt > ports.clock.now()) return;
    await sendRuns(ports, [row], { isPaced: false });
  },
};

/** The effects of every outcome, in order. A new effect is one more entry. */
export const defaultSettleEffects: readonly SettleEffect[] = [attemptLog, moveToLane];

/** Apply the effects of an outcome. One that fails is logged, and stops neither the others nor the acknowledgement. */
export const applySettleEffects = async (
  ports: Ports,
  settled: SettledRun,
  effects: readonly SettleEffect[],
): Promise<void> => {
  for (const { name, apply } of effects) {
    await apply(ports, settled).catch((error: unknown) => {
      ports.log.warn("effect of a settled attempt failed", { run: settled.run.id, effect: name, error });
    });
  }
};
