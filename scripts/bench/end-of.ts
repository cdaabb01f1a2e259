import { setTimeout as wait } from "node:timers/promises";
import { chunksOf } from "../../shared/aws/dynamodb/store.ts";
import { isTerminal, type Run } from "../../shared/core/runs/run.ts";
import type { Ports } from "../../shared/ports/index.ts";

/** Waits until all runs have ended, at most `maxWaitMs`. @returns the existing rows */
export const endOf = async (
  { runs }: Pick<Ports, "runs">,
  ids: readonly string[],
  maxWaitMs: number,
): Promise<readonly Run[]> => {
  const deadline = Date.now() + maxWaitMs;
  const rows = new Map<string, Run>();
  let open = ids;
  while (open.length > 0) {
    const from = Date.now();
    for (const chunk of chunksOf(open, 500)) {
      for (const [id, row] of await runs.read(chunk)) rows.set(id, row);
    }
    open = ids.filter((id) => !isTerminal(rows.get(id)?.state ?? "queued"));
    if (Date.now() > deadline) break;
    if (open.length > 0) await pauseBetweenReads(from);
  }
  return [...rows.values()];
};

/** Pauses between two reads of a busy store, longer when the last read was slow. */
export const pauseBetweenReads = async (readStartedAt: number): Promise<void> => {
  await wait(Math.min(5_000, Math.max(500, 9 * (Date.now() - readStartedAt))));
};
