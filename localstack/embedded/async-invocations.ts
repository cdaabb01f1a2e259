import type { LambdaFunction } from "./function.ts";

/** The asynchronous invocations of one function. */
export interface AsyncInvocations {
  /** Work on an event in the background. False: there are as many already as there may be. */
  begin(event: unknown): boolean;
  /** Begin no more; resolves when none is left. */
  stop(): Promise<void>;
}

/**
 * Lambda would let an event wait until the function has an environment free, and here that is long: a shard that waits
 * behind others is sent later than if the tick had gone on with it, its urgent lanes too. So none waits. As infra/ticks.ts
 * sets it up, an invocation that failed is not tried again.
 * @param maxConcurrent at once: each is a process of its own
 */
export const startAsyncInvocations = (
  target: Pick<LambdaFunction, "invoke">,
  maxConcurrent: number,
): AsyncInvocations => {
  const running = new Set<Promise<unknown>>();
  let isStopping = false;
  return {
    begin(event) {
      if (isStopping || running.size >= maxConcurrent) return false;
      const invocation = target.invoke(event).finally(() => running.delete(invocation));
      running.add(invocation);
      return true;
    },
    async stop() {
      isStopping = true;
      await Promise.all(running);
    },
  };
};
