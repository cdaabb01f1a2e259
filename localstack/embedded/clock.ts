import { randomUUID } from "node:crypto";
import type { ScheduledEvent } from "aws-lambda";
import { account, arn, region } from "./address.ts";
import type { LambdaFunction } from "./function.ts";

export interface ClockOptions {
  readonly targets: readonly LambdaFunction[];
  readonly everyMs: number;
}

/** Replaces the EventBridge rules that tick the dispatcher and the sweeper: immediately, then every `everyMs`. */
export interface Clock {
  /** Ticks a function at once, besides the regular ticks. */
  tick(target: LambdaFunction): void;
  /** Stops ticking; resolves when all running ticks have ended. */
  stop(): Promise<void>;
}

/**
 * A tick does not wait for the previous one, and a failed tick is not retried, as infra/ticks.ts configures the
 * asynchronous invocation.
 */
export const startClock = ({ targets, everyMs }: ClockOptions): Clock => {
  const running = new Set<Promise<unknown>>();
  let isStopping = false;
  const tick = (target: LambdaFunction): void => {
    if (isStopping) return;
    const invocation = target
      .invoke(scheduledEvent(target.name, new Date()))
      .finally(() => running.delete(invocation));
    running.add(invocation);
  };
  targets.forEach(tick);
  const timer = setInterval(() => targets.forEach(tick), everyMs);
  return {
    tick,
    async stop() {
      isStopping = true;
      clearInterval(timer);
      await Promise.all(running);
    },
  };
};

/** The event that EventBridge sends for a rate rule. The rule has its function's name. */
export const scheduledEvent = (rule: string, at: Date): ScheduledEvent => ({
  version: "0",
  id: randomUUID(),
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account,
  time: at.toISOString().replace(/\.\d+Z$/, "Z"),
  region,
  resources: [arn("events", `rule/${rule}`)],
  detail: {},
});
