import { AsyncLocalStorage } from "node:async_hooks";

/** A handler that is at work. */
interface Handler {
  /** Wait without keeping the virtual clock from moving. */
  readonly sleep: (wait: () => Promise<void>) => Promise<void>;
  /** Aborted when its worker is killed. */
  readonly killed: AbortSignal | undefined;
}

const scope = new AsyncLocalStorage<Handler>();

export const runHandler = <Answer>(handler: Handler, main: () => Answer): Answer => scope.run(handler, main);

/** The handler whose code is running. */
export const currentHandler = (): Handler | undefined => scope.getStore();
