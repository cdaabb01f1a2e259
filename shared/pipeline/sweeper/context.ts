import type { Registry } from "../../core/jobs/registry.ts";
import type { LaneName } from "../../core/lane.ts";
import type { LaneDepth, Ports } from "../../ports/index.ts";

/** What all parts of one sweep share. */
export interface Sweep {
  readonly ports: Ports;
  readonly registry: Registry;
  readonly now: number;
  readonly deadlineAt: number;
  /** A lane whose depth could not be read is absent: it is treated as one with a backlog. */
  readonly depths: ReadonlyMap<LaneName, LaneDepth>;
  /** Do one part of the sweep. If it fails, the other parts are still done, and the sweep fails at its end. */
  guard(part: string, act: () => Promise<void>): Promise<void>;
}
