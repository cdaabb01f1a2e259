import type { Registry } from "../core/jobs/registry.ts";
import type { Ports } from "../ports/index.ts";

/** What the verbs of the pipeline work with: the ports, and the jobs and schedules of this code. */
export interface PipelineContext {
  readonly ports: Ports;
  readonly registry: Registry;
}
