import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import type { Log } from "../../core/jobs/job.ts";

/** An attempt whose handler runs in this process. */
export interface ActiveAttempt {
  /** The run's id. */
  readonly run: string;
  /** The handler's logger, whose lines name the run. */
  readonly log: Log;
  /**
   * End the attempt with an error that was raised outside its handler's promise.
   * @returns false when the attempt has ended already
   */
  fail(error: unknown): boolean;
}

/** The attempt that started the code which is now running, even if its outcome is known already. */
export const currentAttempt = (): ActiveAttempt | undefined => storage.getStore();

/** A message on `attemptChannel`, published when an attempt starts, gets more time, or ends. */
export interface AttemptNotice {
  /** Unique in the process. */
  readonly attempt: number;
  /** The run's id. */
  readonly run: string;
  /** When the attempt times out, in milliseconds since 1970. Absent when it has ended. */
  readonly endsAt?: number;
}

/**
 * The name of a Node diagnostics channel, for code that watches this process from inside. Free without a subscriber.
 */
export const attemptChannel = "millrace:attempt";

export interface AttemptScope {
  /** Run the handler, so that `currentAttempt` works in everything that it starts. */
  run<Answer>(handler: () => Answer): Answer;
  /** Resolves with the first stray error; stays pending without one. */
  readonly strayError: Promise<unknown>;
  /** Give the attempt until `endsAt`, in milliseconds since 1970. */
  extendTo(endsAt: number): void;
  /** Close the scope once the outcome is known: later errors change nothing. */
  close(): void;
}

export interface ScopeOptions extends Pick<ActiveAttempt, "run" | "log"> {
  /** When the attempt times out, in milliseconds since 1970. */
  readonly endsAt: number;
}

/** Open the scope of one attempt. */
export const openAttemptScope = ({ run, log, endsAt }: ScopeOptions): AttemptScope => {
  const { promise: strayError, resolve } = Promise.withResolvers<unknown>();
  const attempt = opened++;
  let isOpen = true;
  const publish = (notice: Pick<AttemptNotice, "endsAt">): void => {
    if (notices.hasSubscribers) notices.publish({ attempt, run, ...notice } satisfies AttemptNotice);
  };
  const active: ActiveAttempt = {
    run,
    log,
    fail: (error) => {
      if (isOpen) resolve(error);
      return isOpen;
    },
  };
  publish({ endsAt });
  return {
    run: (handler) => storage.run(active, handler),
    strayError,
    extendTo: (later) => publish({ endsAt: later }),
    close: () => {
      isOpen = false;
      publish({});
    },
  };
};

const storage = new AsyncLocalStorage<ActiveAttempt>();
const notices = channel(attemptChannel);
let opened = 0;
