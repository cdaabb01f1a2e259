import type { Duration } from "../../core/duration.ts";
import type { JobTarget } from "../../core/jobs/job-ref.ts";

/** Faults that happen to a run, as often as asked for. */
interface RunFault {
  /** Only to runs of this job. Default: to the next run of any job. */
  readonly job?: JobTarget;
  /** How often. Default 1. */
  readonly times?: number;
}

/** Faults that last for some time, from now on. */
interface LastingFault {
  readonly for: Duration;
}

/** Two workers receive the same message at the same time. SQS promises at least one delivery, not exactly one. */
interface MessageDeliveredTwice extends RunFault {
  readonly fault: "message-delivered-twice";
}

/**
 * A worker process is killed, as when it runs out of memory. Everything else in its batch of messages is lost with it.
 * `before-handler`: when the handler is about to start. `at-enqueue`: when the handler has enqueued its first run.
 * `after-handler`: when the handler has returned, before its outcome is written. Default: `after-handler`, which is the
 * test of whether a handler may run twice.
 */
interface WorkerKilled extends RunFault {
  readonly fault: "worker-killed";
  readonly when?: "before-handler" | "at-enqueue" | "after-handler";
}

/** The store refuses to write the outcome of an attempt. The worker repeats the write. */
interface OutcomeNotWritten extends RunFault {
  readonly fault: "outcome-not-written";
}

/** The store writes the outcome of an attempt, and its reply is lost. */
interface OutcomeReplyLost extends RunFault {
  readonly fault: "outcome-reply-lost";
}

/** The tables refuse every request, also that of a test's own `enqueue`. */
interface StoreThrottled extends LastingFault {
  readonly fault: "store-throttled";
}

/** The queues refuse every request. Messages that they hold are still delivered. */
interface QueueDown extends LastingFault {
  readonly fault: "queue-down";
}

/** No tick of the dispatcher runs: occurrences of schedules are missed, or late. */
interface DispatcherDown extends LastingFault {
  readonly fault: "dispatcher-down";
}

/** The clocks of workers are wrong. */
interface ClockSkewed extends LastingFault {
  readonly fault: "clock-skewed";
  readonly by: Duration;
  readonly direction: "ahead" | "behind";
}

/** What a test can make go wrong. */
export type Fault =
  | MessageDeliveredTwice
  | WorkerKilled
  | OutcomeNotWritten
  | OutcomeReplyLost
  | StoreThrottled
  | QueueDown
  | DispatcherDown
  | ClockSkewed;

type FaultName = Fault["fault"];
type FaultOf<Name extends FaultName> = Extract<Fault, { fault: Name }>;
export type RunFaultName = Extract<Fault, RunFault>["fault"];
export type LastingFaultName = Extract<Fault, LastingFault>["fault"];
export type { FaultName, FaultOf };
