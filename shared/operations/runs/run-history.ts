import { historyOf, type PastAttempt } from "../../core/runs/history.ts";
import type { Run } from "../../core/runs/run.ts";
import type { Attempts } from "../../ports/index.ts";
import { iso } from "./run-view.ts";

/** One attempt at a run. Instants are ISO 8601. */
export interface ShownAttempt extends Omit<PastAttempt, "startedAt" | "endedAt"> {
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly tookMs?: number;
}

/** Every attempt at a run, oldest first. */
export const loadHistory = async (attempts: Attempts, run: Run): Promise<readonly ShownAttempt[]> =>
  historyOf(run, await attempts.list(run.id)).map(shown);

const shown = ({ startedAt, endedAt, ...facts }: PastAttempt): ShownAttempt => ({
  ...facts,
  ...(startedAt !== undefined && { startedAt: iso(startedAt) }),
  ...(endedAt !== undefined && { endedAt: iso(endedAt) }),
  ...(startedAt !== undefined && endedAt !== undefined && { tookMs: Math.max(0, endedAt - startedAt) }),
});
