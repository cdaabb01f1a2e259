import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";

/** An attempt whose handler runs in this process. */
export interface ActiveAttempt {
  /** The run's id. */
  readonly run: string;
  /**
   * End the attempt with an error that no promise of its handler carries.
   * @returns false when the attempt has ended already
   */
  fail(error: unknown): boolean;
}

/** The attempt that the code that is running now was started by, also after its outcome is known. */
export const currentAttempt = (): ActiveAttempt | undefined => storage.getStore();

/** What is published on `attemptChannel` whenever an attempt starts, gets more time, or ends. */
export interface AttemptNotice {
  /** Unique in the process. */
  readonly attempt: number;
  /** The run's id. */
  readonly run: string;
  /** When its time is up, in milliseconds since 1970. Absent: it has ended. */
  readonly endsAt?: number;
}

/** The name of a diagnostics channel of Node, for whatever watches this process from inside. Costs nothing unwatched. */
export const attemptChannel = "millrace:attempt";

export interface AttemptScope {
  /** Run the handler, so that whatever it starts knows whose it is. */
  run<Answer>(handler: () => Answer): Answer;
  /** Resolves with the first stray error; stays pending without one. */
  readonly strayError: Promise<unknown>;
  /** The attempt has until then, in milliseconds since 1970. */
  extendTo(endsAt: number): void;
  /** The outcome is known: later errors change nothing. */
  close(): void;
}

/** Open the scope of one attempt. @param endsAt when its time is up, in milliseconds since 1970 */
export const openAttemptScope = (run: string, endsAt: number): AttemptScope => {
  const { promise: strayError, resolve } = Promise.withResolvers<unknown>();
  const attempt = opened++;
  let isOpen = true;
  const publish = (notice: Pick<AttemptNotice, "endsAt">): void => {
    if (notices.hasSubscribers) notices.publish({ attempt, run, ...notice } satisfies AttemptNotice);
  };
  const active: ActiveAttempt = {
    run,
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
