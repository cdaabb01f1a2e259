import type { LambdaFunction } from "./function.ts";

/** Lambda's queue of asynchronous invocations of one function. */
export interface EventQueue {
  push(event: unknown): void;
  /** Begin no more; resolves when none is being worked on. */
  stop(): Promise<void>;
}

export interface EventQueueOptions {
  readonly target: Pick<LambdaFunction, "invoke">;
  /** Events that the function works on at once: each in a process of its own. */
  readonly concurrency: number;
  readonly maxAgeMs?: number;
}

/**
 * In the order of their coming. As infra/ticks.ts sets up asynchronous invocation, one that failed is not tried again,
 * and one that waited for more than a minute is dropped.
 */
export const startEventQueue = ({
  target,
  concurrency,
  maxAgeMs = 60_000,
}: EventQueueOptions): EventQueue => {
  const running = new Set<Promise<unknown>>();
  let waiting: { readonly event: unknown; readonly since: number }[] = [];
  const next = (): void => {
    if (running.size >= concurrency) return;
    const first = waiting.shift();
    if (!first) return;
    if (Date.now() - first.since <= maxAgeMs) begin(first.event);
    next();
  };
  const begin = (event: unknown): void => {
    const invocation = target.invoke(event).finally(() => {
      running.delete(invocation);
      next();
    });
    running.add(invocation);
  };
  return {
    push(event) {
      waiting.push({ event, since: Date.now() });
      next();
    },
    async stop() {
      waiting = [];
      await Promise.all(running);
    },
  };
};
