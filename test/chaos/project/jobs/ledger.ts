import { appendFileSync } from "node:fs";
import type { JobContext } from "../../../../shared/index.ts";

/** One line of the ledger: an attempt's external effect, which no crash can undo. */
export interface Effect {
  readonly run: string;
  readonly attempt: number;
  readonly pid: number;
  readonly dueAt: number;
  readonly at: number;
}

/** Appends one short line, which is atomic: lines of several processes do not mix. */
export const recordEffect = ({
  run,
  idempotencyKey,
}: Pick<JobContext<unknown>, "run" | "idempotencyKey">): void => {
  const { attempt, dueAt } = run;
  const effect: Effect = {
    run: idempotencyKey,
    attempt,
    pid: process.pid,
    dueAt: dueAt.getTime(),
    at: Date.now(),
  };
  const { CHAOS_LEDGER = "/dev/null" } = process.env;
  appendFileSync(CHAOS_LEDGER, `${JSON.stringify(effect)}\n`);
};
