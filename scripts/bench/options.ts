import type { PlaceName } from "./scheduled.ts";

/** What can be asked of the measures. */
export interface Options {
  /** How long throughput and each load of latency are measured. */
  readonly seconds: number;
  /** Loads for latency, as parts of the capacity. */
  readonly loads: readonly number[];
  /** Occurrences per minute, one measure of lateness each. */
  readonly occurrences: readonly number[];
  /** Where lateness is measured. */
  readonly on: readonly PlaceName[];
  /** Schedules that one dispatcher finds due. */
  readonly due: number;
  /** Runs per minute: as measured, or as said on the command line. */
  capacity(): Promise<number>;
}
