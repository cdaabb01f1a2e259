import type { PipelineContext } from "../context.ts";
import { lookAheadMs } from "../dispatcher/context.ts";
import { dispatchSchedules } from "../dispatcher/dispatch-schedules.ts";

/** As long as an operator waits gladly. */
const maxMs = 20_000;

/**
 * Send what a schedule has due before the next tick but one, as a tick would: what was just made, edited or resumed
 * need not wait for the next. The ticks that come plan the same instants, whose runs have the same names; so what fails
 * here is theirs.
 */
export const dispatchNow = async ({ ports, registry }: PipelineContext, name: string): Promise<void> => {
  const now = ports.clock.now();
  const tick = {
    ports,
    registry,
    now,
    until: now + lookAheadMs,
    deadlineAt: now + maxMs,
    pacedUntil: now,
  };
  try {
    await dispatchSchedules({ ...tick, mayFanOut: false }, [name]);
  } catch (error) {
    ports.log.warn("not sent ahead: the next tick will", { schedule: name, error });
  }
};
