import { createHash } from "node:crypto";
import { FatalError } from "../../core/errors.ts";
import type { Enqueue } from "../../core/jobs/job.ts";
import type { Run } from "../../core/runs/run.ts";
import { type EnqueuePorts, enqueueMany, singleResult } from "./enqueue.ts";

/** A chain of runs that each enqueue the next ends here: Lambda's own loop detection would end it at 16. */
const maxChainDepth = 100;

/**
 * The `enqueue` that a handler is given. Without a key of the handler's own, the run is named after its parent, its job
 * and its input, so that a retried attempt enqueues the same runs and not new ones, in whatever order. Of equal calls
 * in one attempt, each makes a run of its own: the first, the second, and so on. A handler that does not end when its
 * signal is aborted is left behind, and the next attempt may run beside it: it enqueues nothing any more.
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
      throw new FatalError(`run ${parent.id} is ${chainDepth - 1} runs deep: a chain of jobs has no end`);
    const parentRun = { chainDepth, trace: parent.trace, keyFor };
    return singleResult(await enqueueMany(ports, [{ job, input, options, parent: parentRun }]));
  };
};

const digest = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 16);
