/**
 * Now, by the clock of the service that stores the rows: milliseconds since 1970, exact to two seconds. Those who make
 * changes by hand go by it, since their machines' clocks may be wrong.
 */
export type ServerTime = () => Promise<number>;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
