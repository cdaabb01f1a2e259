import { appendFileSync } from "node:fs";
import type { JobContext } from "../../../../shared/index.ts";

/** One line of the ledger: an attempt's effect on the outside, which no crash takes back. */
export interface Effect {
  readonly run: string;
  readonly attempt: number;
  readonly pid: number;
  readonly dueAt: number;
  readonly at: number;
}

/** Lines are short and the file is opened to append: those of several processes stand side by side, whole. */
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
