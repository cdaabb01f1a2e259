import * as z from "zod";
import { DefinitionError } from "../../core/errors.ts";
import { runNotFound } from "../../core/runs/not-found.ts";
import { type Cancelled, cancelRun } from "../../pipeline/runs/cancel.ts";
import { rescheduleRun } from "../../pipeline/runs/reschedule.ts";
import { dateOf, duration, instant, reason } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { type RunSummary, summaryOf } from "./run-view.ts";

const id = z.string().min(1);

export interface RunCancelled {
  /** `requested`: it is running, and its worker aborts it within seconds. */
  readonly outcome: Cancelled;
  readonly run: RunSummary;
}

export const runCancel = defineOperation({
  name: "runs.cancel",
  description: "Cancel a run: one that waits never runs, one that is running gets its signal.",
  readOnly: false,
  input: z.object({ id, reason: reason.default("cancelled by an operator") }),
  async run({ id, reason }, { ports }): Promise<RunCancelled> {
    const outcome = await cancelRun(ports, id, { reason });
    const run = (await ports.runs.read([id])).get(id);
    if (!run) throw runNotFound(id);
    return { outcome, run: summaryOf(run) };
  },
});

export const runReschedule = defineOperation({
  name: "runs.reschedule",
  description: "Give a run that waits another time, earlier or later.",
  readOnly: false,
  input: z.object({
    id,
    /** One of the two. */
    at: instant.exactOptional(),
    /** From now. */
    delay: duration.exactOptional(),
  }),
  async run({ id, at, delay }, { ports }): Promise<RunSummary> {
    const wanted = at ?? delay;
    if (wanted === undefined || (at && delay)) {
      const got = wanted === undefined ? "none" : "several";
      throw new DefinitionError("at", { oneOf: ["at", "delay"], got });
    }
    return summaryOf(await rescheduleRun(ports, id, dateOf(wanted, ports.clock.now(), "delay")));
  },
});
