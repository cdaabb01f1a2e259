import { readSettle } from "../../core/runs/admission.ts";
import type { Change } from "../../core/runs/change.ts";
import type { Run, Running } from "../../core/runs/run.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { Changed } from "../../ports/index.ts";
import type { Batch } from "./batch.ts";
import { retryUntil } from "./retry-until.ts";

export type Settled =
  | { readonly kind: "written" }
  /** The run has another owner, or was ended elsewhere: `row` is the row as it is now. */
  | { readonly kind: "lease-lost"; readonly row: Run | undefined }
  /** The store did not answer until the invocation had to end. */
  | { readonly kind: "unknown"; readonly error: unknown };

/** Reserved before the deadline, to answer the queue. */
const answeringMs = 1_000;

/**
 * Write the outcome of an attempt. A finished attempt is not discarded because the store is slow or throttled: while
 * the row is running and carries our token, the outcome is not written yet, and the write is repeated until the
 * invocation has to end. The token fences it, so this is safe beyond the end of the lease.
 */
export const writeOutcome = async (batch: Batch, run: Running, change: Change): Promise<Settled> => {
  const { clock, log } = batch.ports;
  let error: unknown;
  const settled = await retryUntil(clock, batch.deadlineAt - answeringMs, async () => {
    const answer = await settleOrRead(batch, change).catch((failure: unknown) => {
      error = failure;
      return undefined;
    });
    const settled = answer && settledBy(answer, run, change);
    if (!settled) log.warn("outcome not written yet", withoutUndefined({ run: run.id, error }));
    return settled;
  });
  return settled ?? { kind: "unknown", error };
};

/** Write the outcome. When the request fails as a whole, read the row, which shows whether the write took effect. */
const settleOrRead = async (batch: Batch, change: Change): Promise<Changed> => {
  try {
    return await batch.settle(change);
  } catch (error) {
    batch.ports.log.warn("write result unknown; re-reading the row", { run: change.id, error });
    return { changed: false, now: (await batch.row(change.id)).row };
  }
};

const settledBy = (answer: Changed, { token }: Running, change: Change): Settled | undefined => {
  if (answer.changed) return { kind: "written" };
  switch (readSettle(answer.now, change, token)) {
    case "written":
      return { kind: "written" };
    case "not-written":
      return undefined;
    case "lease-lost":
      return { kind: "lease-lost", row: answer.now };
  }
};
