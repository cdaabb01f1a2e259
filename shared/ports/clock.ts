/**
 * The time of the service that stores the rows, in milliseconds since 1970, exact to two seconds. Operations use it,
 * since the clock of an operator's machine may be wrong.
 */
export type ServerTime = () => Promise<number>;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
