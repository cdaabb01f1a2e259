import type { Registry } from "../../core/jobs/registry.ts";
import type { Ports } from "../../ports/index.ts";

/** How far ahead a tick sends: until the next tick, and one more in case that one is late or missing. */
export const lookAheadMs = 120_000;

export interface Dispatch {
  readonly ports: Ports;
  readonly registry: Registry;
  readonly now: number;
  readonly until: number;
  readonly deadlineAt: number;
  /** Until when a page may wait for its send slots (see `sendSlots`). After that, speed matters more. */
  readonly pacedUntil: number;
  /** Whether a shard with a backlog may be fanned out to an invocation of its own. */
  readonly mayFanOut: boolean;
}
