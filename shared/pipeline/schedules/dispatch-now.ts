import type { PipelineContext } from "../context.ts";
import { createDispatch } from "../dispatcher/context.ts";
import { dispatchSchedules } from "../dispatcher/dispatch-schedules.ts";

/** Upper bound on how long an operator's call blocks. */
const maxMs = 20_000;

/**
 * Send what a schedule has due before the next tick but one, as a tick would: a schedule that was just
 * created, edited or resumed need not wait for the next tick. Later ticks plan the same instants, and their runs have the
 * same ids, so they repair what fails here.
 */
export const dispatchNow = async (context: PipelineContext, name: string): Promise<void> => {
  const { clock, log } = context.ports;
  try {
    await dispatchSchedules(createDispatch(context, { deadlineAt: clock.now() + maxMs }), [name]);
  } catch (error) {
    log.warn("not sent ahead: the next tick will", { schedule: name, error });
  }
};
