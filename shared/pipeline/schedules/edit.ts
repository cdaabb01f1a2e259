import { DefinitionError } from "../../core/errors.ts";
import { type Job, takesInput } from "../../core/jobs/job.ts";
import type { Registry } from "../../core/jobs/registry.ts";
import { jsonHash, jsonText } from "../../core/json.ts";
import { formerJobsAfter } from "../../core/schedules/former-job.ts";
import {
  type PolicyOptions,
  policySchema,
  type SchedulePolicy,
  schedulePolicy,
} from "../../core/schedules/policy.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { PipelineContext } from "../context.ts";
import { type ChangedRow, changeRow, type Edited } from "./change-row.ts";
import { checkDst, checkZone, over, rowOf, type ScheduleInput } from "./create.ts";
import { dispatchNow } from "./dispatch-now.ts";
import { lastFired, nextAfter } from "./next-after-change.ts";
import { skipUndispatched } from "./skip-undispatched.ts";

type Removable<Wish> = { readonly [Field in keyof Wish]?: Wish[Field] | null | undefined };

/** What is left out stays; what is null is as if it had never been said. */
export interface ScheduleEdit
  extends Removable<Pick<ScheduleInput, "zone" | "dst" | "start" | "end" | "except">>,
    Pick<ScheduleInput, "input" | "allowNever"> {
  readonly job?: string | undefined;
  /** One or several: due when any of them is. */
  readonly rule?: readonly string[] | undefined;
  readonly policy?: Removable<PolicyOptions> | undefined;
}

/**
 * Change what an operator made. With another rule or job the next instant is the first from now on; occurrences already
 * sent are let go by their worker if they are not due any more.
 * @throws DefinitionError when the schedule stands in the code; whatever making it so would throw.
 */
export const editSchedule = async (
  context: PipelineContext,
  name: string,
  edit: ScheduleEdit,
): Promise<ChangedRow> => {
  const changed = await changeRow(context, name, async (before) => {
    if (before.source === "code") {
      throw new DefinitionError(
        `schedule "${name}"`,
        "expected one made at run time, got one of the code; edit jobs/schedules.ts and deploy",
      );
    }
    const wish = merged(before, edit, context.registry);
    const wanted = await rowOf(context, wish);
    checkDst(edit.dst ?? {}, wanted.rule);
    checkZone(edit.zone ?? undefined, wanted.rule);
    if (wanted.nextFireAt === undefined && !wish.allowNever) throw over(wanted);
    return await edited(context, before, { ...wanted, policy: mergedPolicy(before.policy, edit.policy) });
  });
  await dispatchNow(context, name);
  return changed;
};

const merged = (
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

/** A wish has one rule at least. */
export const rulesOf = ([rule = "", ...or]: readonly string[]): Pick<ScheduleInput, "rule" | "or"> => ({
  rule,
  or,
});

const mergeField = <Value>(wanted: Value | null | undefined, before: Value | undefined): Value | undefined =>
  wanted === null ? undefined : (wanted ?? before);

const dateOf = (instant: number | undefined): Date | undefined =>
  instant === undefined ? undefined : new Date(instant);

/** What the edit names replaces what stood there, with its default when it names nothing. */
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

/** The row as it was asked for, in the state that it is in. */
const edited = async (
  context: PipelineContext,
  before: ScheduleRow,
  wanted: ScheduleRow,
): Promise<Edited> => {
  const isSameRule = hashOf(before) === hashOf(wanted);
  const nextFireAt = nextAfter(before, wanted, isSameRule);
  const { pauseReason, pausedUntil } = before;
  const { ledger, clock } = context.ports;
  const when = { now: clock.now(), nextFireAt, isSameRule };
  const lastFiredAt = await lastFired(ledger, { ...before, policy: wanted.policy }, when);
  const { nextFireAt: _fromNow, ...rest } = wanted;
  const row = withoutUndefined({
    ...rest,
    ...formerJobsAfter(before, wanted.job, when),
    state: before.state,
    version: before.version + 1,
    pauseReason,
    pausedUntil,
    nextFireAt,
    lastFiredAt,
  });
  if (isSameRule) return { row };
  return { row, told: await skipUndispatched(context, before, "edited"), isRuleChanged: true };
};

const hashOf = ({ rule }: ScheduleRow): string => jsonHash(jsonText(rule));
