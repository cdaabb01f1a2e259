import * as z from "zod";
import type { Overlap } from "../../core/schedules/policy-options.ts";
import { backfillSchedule } from "../../pipeline/schedules/backfill.ts";
import { findSchedule } from "../../pipeline/schedules/change-row.ts";
import {
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  triggerSchedule,
} from "../../pipeline/schedules/control.ts";
import { dateOf, instant, moment, reason } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { iso } from "../runs/run-view.ts";
import { changedView, type ScheduleChanged } from "./schedule-change.ts";
import { type ShownSchedule, shownRow } from "./schedule-view.ts";

const name = z.string();

export const schedulePause = defineOperation({
  name: "schedules.pause",
  description: "Pause a schedule; what was sent already does not run either.",
  readOnly: false,
  input: z.object({ name, reason: reason.exactOptional(), until: moment.exactOptional() }),
  async run({ name, reason, until }, context): Promise<ScheduleChanged> {
    const now = context.ports.clock.now();
    const pause = { reason, until: until === undefined ? undefined : dateOf(until, now, "until") };
    return await changedView(await pauseSchedule(context, name, pause), context);
  },
});

export const scheduleResume = defineOperation({
  name: "schedules.resume",
  description: "Resume a paused schedule from now on; what was due during the pause does not run.",
  readOnly: false,
  input: z.object({ name }),
  async run({ name }, context): Promise<ScheduleChanged> {
    return await changedView(await resumeSchedule(context, name), context);
  },
});

export const scheduleDelete = defineOperation({
  name: "schedules.delete",
  description: "Delete a schedule that was made at run time.",
  readOnly: false,
  input: z.object({ name }),
  async run({ name }, context): Promise<ScheduleChanged> {
    return await changedView(await deleteSchedule(context, name), context);
  },
});

export interface ScheduleTriggered {
  readonly id: string;
  /** False when the key had been used before: that run is answered. */
  readonly isNew: boolean;
  readonly schedule: ShownSchedule;
}

export const scheduleTrigger = defineOperation({
  name: "schedules.trigger",
  description: "Enqueue one run of a schedule's job with its input now, paused or not.",
  readOnly: false,
  input: z.object({ name, key: z.string().exactOptional() }),
  async run({ name, key }, context): Promise<ScheduleTriggered> {
    const enqueued = await triggerSchedule(context, name, key);
    return { ...enqueued, schedule: shownRow(await findSchedule(context, name), context, 2) };
  },
});

export interface ScheduleBackfilled {
  /** Times that had no run and have one now. */
  readonly made: readonly string[];
  /** How many had their run already, whatever became of it. */
  readonly kept: number;
  /** How many could not be written: ask again. */
  readonly failed: number;
  /** Where to continue: there were more than `most`. */
  readonly nextFrom?: string;
  /** Unless it is `allow`, backfilled runs do not all run: they stand beside one another. */
  readonly overlap: Overlap;
}

export const scheduleBackfill = defineOperation({
  name: "schedules.backfill",
  description: "Run what a schedule missed in a range of the past; what has a run keeps it.",
  readOnly: false,
  input: z.object({
    name,
    from: instant,
    until: instant,
    /** Check at most this many times, from the oldest on. */
    limit: z.int().min(1).max(10_000).exactOptional(),
  }),
  async run({ name, ...range }, context): Promise<ScheduleBackfilled> {
    const { made, kept, failed, nextFireAt } = await backfillSchedule(context, name, range);
    const { policy } = await findSchedule(context, name);
    const more = nextFireAt === undefined ? {} : { nextFrom: iso(nextFireAt) };
    return { made: made.map(iso), kept, failed, ...more, overlap: policy.overlap };
  },
});
