import type { Run } from "../../core/runs/run.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { PayloadPart, Payloads } from "../../ports/index.ts";

export const inputPart = ({ inputHash }: Pick<Run, "inputHash">): PayloadPart => `input#${inputHash}`;

export const resultPart = ({ token = "" }: Pick<Run, "token">): PayloadPart => `result#${token}`;

/**
 * Load a run's input. An occurrence gets the current input of its schedule, unless the schedule now has another job.
 */
export const loadInput = async (
  payloads: Payloads,
  run: Run,
  schedule?: ScheduleRow,
): Promise<{ readonly input: unknown } | { readonly lost: string }> => {
  if (schedule?.job === run.job)
    return { input: schedule.input === undefined ? undefined : JSON.parse(schedule.input) };
  const text = run.inputStored ? await payloads.load(run.id, inputPart(run)) : run.input;
  if (text !== undefined) return { input: JSON.parse(text) };
  return run.inputStored
    ? { lost: "its stored input has expired: inputs are kept for 90 days" }
    : { input: undefined };
};
