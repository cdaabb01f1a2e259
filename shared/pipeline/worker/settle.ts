import { readSettle } from "../../core/runs/admission.ts";
import type { Change } from "../../core/runs/change.ts";
import type { Run, Running } from "../../core/runs/run.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { Changed } from "../../ports/index.ts";
import { backoffs } from "./backoffs.ts";
import type { Batch } from "./batch.ts";

export type Settled =
  | { readonly kind: "written" }
  /** The run has another owner, or was ended by someone else: `row` is what is there now. */
  | { readonly kind: "lease-lost"; readonly row: Run | undefined }
  /** The store did not answer until the invocation had to end. */
  | { readonly kind: "unknown"; readonly error: unknown };

/** Kept free before the deadline, to answer the queue. */
const answeringMs = 1_000;

/**
 * Write the outcome of an attempt. A finished attempt is not given up because the store is slow or throttled: as long
 * as the row carries our token and is running, the outcome is not written yet, and is written again. The fence is the
 * token, so this is safe beyond the end of the lease; it ends with the invocation.
 */
export const writeOutcome = async (batch: Batch, run: Running, change: Change): Promise<Settled> => {
  const { clock, log } = batch.ports;
  let error: unknown;
  for (const pauseMs of backoffs) {
    const answer = await settleOrRead(batch, change).catch((problem: unknown) => {
      error = problem;
      return undefined;
    });
    const settled = answer && settledBy(answer, run, change);
    if (settled) return settled;
    if (clock.now() + pauseMs > batch.deadlineAt - answeringMs) break;
    log.warn(
      "outcome not written yet; writing again",
      withoutUndefined({
        run: run.id,
        error,
      }),
    );
    await clock.sleep(pauseMs);
  }
  return { kind: "unknown", error };
};

/** When the request fails as a whole, the row says whether the write took effect. */
const settleOrRead = async (batch: Batch, change: Change): Promise<Changed> => {
  try {
    return await batch.settle(change);
  } catch (error) {
    batch.ports.log.warn("write result unknown; reading the row", { run: change.id, error });
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
