import { randomUUID } from "node:crypto";
import type { ScheduledEvent } from "aws-lambda";
import { account, arn, region } from "./address.ts";
import type { LambdaFunction } from "./function.ts";

export interface ClockOptions {
  readonly targets: readonly LambdaFunction[];
  readonly everyMs: number;
}

/** Stands for the EventBridge rules that tick the dispatcher and the sweeper: at once, then every `everyMs`. */
export interface Clock {
  /** No more ticks; resolves when no function works on one. */
  stop(): Promise<void>;
}

/**
 * A tick does not wait for the one before, and one that failed is not tried again: that is how infra/ticks.ts sets up
 * the asynchronous invocation.
 */
export const startClock = ({ targets, everyMs }: ClockOptions): Clock => {
  const running = new Set<Promise<unknown>>();
  const tick = (): void => {
    for (const target of targets) {
      const invocation = target
        .invoke(scheduledEvent(target.name, new Date()))
        .finally(() => running.delete(invocation));
      running.add(invocation);
    }
  };
  tick();
  const timer = setInterval(tick, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
};

/** What EventBridge sends for a rule with a rate. The rule has its function's name. */
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
