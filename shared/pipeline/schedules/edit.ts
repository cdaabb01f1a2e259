import { DefinitionError } from "../../core/errors.ts";
import { type Job, takesInput } from "../../core/jobs/job.ts";
import type { Registry } from "../../core/jobs/registry.ts";
import { policySchema, type SchedulePolicy, schedulePolicy } from "../../core/schedules/policy.ts";
import type { PolicyOptions } from "../../core/schedules/policy-options.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { PipelineContext } from "../context.ts";
import { type ChangedRow, changeRow } from "./change-row.ts";
import { checkDst, checkZone, over, type ScheduleInput, wantedRow } from "./create.ts";
import { dispatchNow } from "./dispatch-now.ts";
import { updateSchedule } from "./update-schedule.ts";

type Removable<Fields> = { readonly [Field in keyof Fields]?: Fields[Field] | null | undefined };

/** What is left out stays; null removes the option. */
export interface ScheduleEdit
  extends Removable<Pick<ScheduleInput, "zone" | "dst" | "start" | "end" | "except">>,
    Pick<ScheduleInput, "input" | "allowNever"> {
  readonly job?: string | undefined;
  /** One or several: due when any of them is. */
  readonly rule?: readonly string[] | undefined;
  readonly policy?: Removable<PolicyOptions> | undefined;
}

/**
 * Change a schedule that was made at run time. With another rule or job the next instant is the first from now on; occurrences already
 * sent are skipped by their worker if they are no longer due.
 * @throws DefinitionError when the schedule is defined in the code; whatever creating it so would throw.
 */
export const editSchedule = async (
  context: PipelineContext,
  name: string,
  edit: ScheduleEdit,
): Promise<ChangedRow> => {
  const changed = await changeRow(context, name, async (before) => {
    if (before.source === "code") {
      throw new DefinitionError(`schedule "${name}"`, {
        expected: "one made at run time",
        got: "one of the code",
        remedy: "edit jobs/schedules.ts and deploy",
      });
    }
    const input = mergedInput(before, edit, context.registry);
    const wanted = await wantedRow(context, input);
    checkDst(edit.dst ?? {}, wanted.rule);
    checkZone(edit.zone ?? undefined, wanted.rule);
    if (wanted.nextFireAt === undefined && !input.allowNever) throw over(wanted);
    const policy = mergedPolicy(before.policy, edit.policy);
    return await updateSchedule(context, before, { wanted: { ...wanted, policy }, change: "edited" });
  });
  await dispatchNow(context, name);
  return changed;
};

const mergedInput = (
  { name, job, rule, input }: ScheduleRow,
  edit: ScheduleEdit,
  { jobs }: Registry,
): ScheduleInput => ({
  name,
  job: edit.job ?? job,
  ...rulesOf(edit.rule ?? [rule.text, ...(rule.or ?? [])]),
  except: mergeField(edit.except, rule.except),
  zone: mergeField(edit.zone, rule.zone),
  dst: edit.dst === null ? undefined : edit.dst || rule.dst ? { ...rule.dst, ...edit.dst } : undefined,
  start: mergeField(edit.start, dateOf(rule.start)),
  end: mergeField(edit.end, dateOf(rule.end)),
  input: edit.input !== undefined ? edit.input : retainedInput(input, jobs.get(edit.job ?? job)),
  allowNever: edit.allowNever,
});

/** Another job that takes no input has no use for the old one. */
const retainedInput = (text: string | undefined, job: Job | undefined): unknown =>
  text === undefined || (job && !takesInput(job)) ? undefined : JSON.parse(text);

/** An input has one rule at least. */
export const rulesOf = ([rule = "", ...or]: readonly string[]): Pick<ScheduleInput, "rule" | "or"> => ({
  rule,
  or,
});

const mergeField = <Value>(wanted: Value | null | undefined, before: Value | undefined): Value | undefined =>
  wanted === null ? undefined : (wanted ?? before);

const dateOf = (instant: number | undefined): Date | undefined =>
  instant === undefined ? undefined : new Date(instant);

/** Options that the edit names replace those before it; null is back to the default. */
const mergedPolicy = (before: SchedulePolicy, edit: Removable<PolicyOptions> = {}): SchedulePolicy => {
  const named = Object.entries(edit).filter(([, value]) => value !== undefined);
  const names = new Set(named.map(([name]) => name));
  const made = schedulePolicy(Object.fromEntries(named.filter(([, value]) => value !== null)));
  const isNamed = ([key]: [string, unknown]): boolean => names.has(key.replace(/Ms$/, ""));
  return policySchema.parse({
    ...Object.fromEntries(Object.entries(before).filter((entry) => !isNamed(entry))),
    ...Object.fromEntries(Object.entries(made).filter(isNamed)),
  });
};
