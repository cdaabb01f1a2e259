import { createHash } from "node:crypto";
import { FatalError } from "../core/errors.ts";
import type { Enqueue } from "../core/job.ts";
import { jsonHash, jsonText } from "../core/json.ts";
import type { Run } from "../core/run.ts";
import { type EnqueuePorts, enqueueMany, only } from "./enqueue.ts";

/** A chain of runs that each enqueue the next ends here: Lambda's own loop detection would end it at 16. */
const mostHops = 100;

/**
 * The `enqueue` that a handler is given. Without a key of the handler's own, the run is named after its parent, its
 * turn and its input, so that a retried attempt enqueues the same runs and not new ones. A handler that does not end
 * when its signal is aborted is left behind, and the next attempt may run beside it: it enqueues nothing any more.
 */
export const followUp = (ports: EnqueuePorts, parent: Run, signal: AbortSignal): Enqueue => {
  let turn = 0;
  return async (job, ...[input, options]) => {
    signal.throwIfAborted();
    const hops = (parent.hops ?? 0) + 1;
    if (hops > mostHops)
      throw new FatalError(`run ${parent.id} stands ${hops - 1} runs deep: a chain of jobs has no end`);
    turn++;
    const key = options?.key ?? `${digest(parent.id)}-${turn}-${digest(jsonHash(jsonText(input)))}`;
    const lineage = { hops, trace: parent.trace };
    return only(await enqueueMany(ports, [{ job, input, options: { ...options, key }, lineage }]));
  };
};

const digest = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 16);
