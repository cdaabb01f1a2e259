import * as z from "zod";
import { createSchedule } from "../../pipeline/schedules/create.ts";
import { editSchedule, rulesOf } from "../../pipeline/schedules/edit.ts";
import { editFields, policyFields, ruleFields } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { changedView, type ScheduleChanged } from "./schedule-change.ts";

export interface ScheduleCreated extends ScheduleChanged {
  /** The run that was enqueued now, since the rule is over. */
  readonly run?: string;
}

/** `every 30 seconds`, `at 2027-01-01T00:00:00Z`, a cron expression, `rate(5 minutes)`. */
const oneRule = z.string();
/** Several: due when any of them is. */
const rule = z.union([oneRule.transform((one) => [one]), z.array(oneRule).min(1)]);
/** What the job's own schema takes. */
const input = z.unknown().optional();

export const scheduleCreate = defineOperation({
  name: "schedules.create",
  description: "Make a schedule at run time, beside those in the code.",
  readOnly: false,
  input: z.object({
    name: z.string(),
    job: z.string(),
    rule,
    input,
    ...ruleFields,
    ...policyFields,
    /** What to do when the rule's last time is over. */
    ifPast: z.enum(["refuse", "run-now"]).default("refuse"),
  }),
  async run(
    { name, job, rule, except, input, zone, dst, start, end, allowNever, ifPast, ...policy },
    context,
  ): Promise<ScheduleCreated> {
    const when = { ...rulesOf(rule), except, zone, dst, start, end, allowNever };
    const asked = { name, job, input, ...when, policy };
    const { row, run } = await createSchedule(context, asked, ifPast);
    const view = await changedView({ before: row, row, skipped: [] }, context);
    return { ...view, ...(run && { run: run.id }) };
  },
});

export const scheduleEdit = defineOperation({
  name: "schedules.edit",
  description: "Change a schedule that was made at run time; what is left out stays, what is null goes.",
  readOnly: false,
  input: z.object({
    name: z.string(),
    job: z.string().exactOptional(),
    rule: rule.exactOptional(),
    input,
    ...editFields,
  }),
  async run(
    { name, job, rule, except, input, zone, dst, start, end, allowNever, ...policy },
    context,
  ): Promise<ScheduleChanged> {
    const edit = { job, rule, except, input, zone, dst, start, end, allowNever, policy };
    return await changedView(await editSchedule(context, name, edit), context);
  },
});
