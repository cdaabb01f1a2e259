import type { Registry } from "../../core/jobs/registry.ts";
import type { Ports } from "../../ports/index.ts";
import type { PipelineContext } from "../context.ts";

/** How far ahead a tick sends: until the next tick, and one more in case that one is late or missing. */
export const lookAheadMs = 120_000;

/** What all parts of one dispatch share. */
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

export interface DispatchOptions {
  readonly deadlineAt: number;
  /** How long pages may wait for their send slots. Default: not at all. */
  readonly pacingMs?: number | undefined;
  /** Default: no. */
  readonly mayFanOut?: boolean | undefined;
}

/** Create what a dispatch needs that starts now: a tick, or a schedule that an operator has just changed. */
export const createDispatch = (
  { ports, registry }: PipelineContext,
  { deadlineAt, pacingMs = 0, mayFanOut = false }: DispatchOptions,
): Dispatch => {
  const now = ports.clock.now();
  return {
    ports,
    registry,
    now,
    until: now + lookAheadMs,
    deadlineAt,
    pacedUntil: now + pacingMs,
    mayFanOut,
  };
};
