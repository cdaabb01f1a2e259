import { createHash } from "node:crypto";
import { FatalError } from "../../core/errors.ts";
import type { Enqueue } from "../../core/jobs/job.ts";
import type { Run } from "../../core/runs/run.ts";
import { type EnqueuePorts, enqueueMany, singleResult } from "./enqueue.ts";

/** The longest chain of runs that each enqueue the next. Lambda's own loop detection would stop it at 16. */
const maxChainDepth = 100;

/**
 * Create the `enqueue` of a handler. Without a key from the handler, the run is named after its parent, its job and its
 * input, so that a retried attempt enqueues the same runs again, in any order. Equal calls in one attempt make a run
 * each: the first, the second, and so on. Once the signal is aborted, `enqueue` throws: the next attempt may run beside
 * a handler that has ignored its signal.
 */
export const enqueueFromJob = (ports: EnqueuePorts, parent: Run, signal: AbortSignal): Enqueue => {
  const counts = new Map<string, number>();
  const keyFor = (job: string, inputHash: string): string => {
    const work = digest(`${job} ${inputHash}`);
    const count = (counts.get(work) ?? 0) + 1;
    counts.set(work, count);
    return `${digest(parent.id)}-${work}-${count}`;
  };
  return async (job, ...[input, options]) => {
    signal.throwIfAborted();
    const chainDepth = (parent.chainDepth ?? 0) + 1;
    if (chainDepth > maxChainDepth)
      throw new FatalError(
        `run ${parent.id} is ${chainDepth - 1} runs deep: expected a chain of jobs that ends after at most ${maxChainDepth} runs`,
      );
    const parentRun = { chainDepth, trace: parent.trace, keyFor };
    return singleResult(await enqueueMany(ports, [{ job, input, options, parent: parentRun }]));
  };
};

const digest = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 16);
