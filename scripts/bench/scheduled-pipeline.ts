import type { Ports } from "../../shared/ports/index.ts";

/** A pipeline that runs, with `eachMinute(count)` as its schedules. */
export interface ScheduledPipeline {
  /** What it runs on, in a word or two. */
  readonly on: string;
  /** What works on lane normal there, which all of its runs are on, in a sentence: it is what limits it. */
  readonly workers: string;
  readonly ports: Ports;
}
