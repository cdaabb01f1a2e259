import type { PlaceName } from "./scheduled.ts";

/** The options of the measurements. */
export interface Options {
  /** Duration of throughput, and of each load of latency. */
  readonly seconds: number;
  /** Loads for latency, as fractions of the capacity. */
  readonly loads: readonly number[];
  /** Occurrences per minute, one measurement of lateness each. */
  readonly occurrences: readonly number[];
  /** Where lateness is measured. */
  readonly on: readonly PlaceName[];
  /** Number of due schedules for one dispatcher. */
  readonly due: number;
  /** Runs per minute: measured, or given on the command line. */
  capacity(): Promise<number>;
}
