import { EventEmitter } from "node:events";

/** The signals with which a terminal or a supervisor ends a process. */
export interface Signals {
  /** Aborted at the first signal. */
  readonly first: AbortSignal;
  /** Calls back at every further signal. */
  onAnother(callback: () => void): void;
  ignore(): void;
}

export const listenForSignals = (): Signals => {
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const first = new AbortController();
  const more = new EventEmitter();
  let firstAt: number | undefined;
  const onSignal = (): void => {
    // npm forwards the Ctrl-C that the terminal has already sent to this process.
    if (firstAt !== undefined && Date.now() - firstAt > 500) more.emit("signal");
    firstAt ??= Date.now();
    first.abort();
  };
  for (const name of names) process.on(name, onSignal);
  return {
    first: first.signal,
    onAnother: (callback) => void more.on("signal", callback),
    ignore() {
      for (const name of names) process.off(name, onSignal);
    },
  };
};
