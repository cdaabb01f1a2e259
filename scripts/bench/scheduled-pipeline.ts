import type { Ports } from "../../shared/ports/index.ts";

/** A running pipeline with `eachMinute(count)` as its schedules. */
export interface ScheduledPipeline {
  /** The platform, in one or two words. */
  readonly on: string;
  /** One sentence about the workers of lane normal, which limit the throughput. */
  readonly workers: string;
  readonly ports: Ports;
}
