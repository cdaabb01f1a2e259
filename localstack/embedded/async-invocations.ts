import type { LambdaFunction } from "./function.ts";

/** The asynchronous invocations of one function. */
export interface AsyncInvocations {
  /** Starts an invocation in the background. @returns false when the maximum is already running */
  begin(event: unknown): boolean;
  /** Starts no more invocations; resolves when all have ended. */
  stop(): Promise<void>;
}

/**
 * Lambda would queue an event until the function has a free environment. Here the wait would be long: a queued shard
 * would be dispatched later than if the tick itself had continued with it, urgent lanes included. So events are never
 * queued. A failed invocation is not retried, as configured in infra/ticks.ts.
 * @param maxConcurrent each invocation is a process
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
