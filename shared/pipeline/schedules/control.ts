import { DefinitionError } from "../../core/errors.ts";
import type { Rule } from "../../core/rules/rule.ts";
import { formerRuleOf } from "../../core/rules/stored-rule.ts";
import { paused, resumed, tombstone } from "../../core/schedules/pause.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { PipelineContext } from "../context.ts";
import { type Enqueued, enqueueMany, singleResult } from "../enqueue/enqueue.ts";
import { type ChangedRow, changeRow, type Edited, findSchedule, jobFor, ruleFor } from "./change-row.ts";
import { dispatchNow } from "./dispatch-now.ts";
import { reasonOf, skippedEntries, skipUndispatched } from "./skip-undispatched.ts";

export interface Pause {
  readonly reason?: string | undefined;
  /** Resume automatically at this instant. */
  readonly until?: Date | undefined;
}

/**
 * Pause a schedule. Occurrences that were sent already do not run either: their worker skips them while the pause lasts.
 * @throws DefinitionError when the pause would be over before it began.
 */
export const pauseSchedule = async (
  context: PipelineContext,
  name: string,
  { reason = "by an operator", until }: Pause,
): Promise<ChangedRow> => {
  if (until && until.getTime() <= context.ports.clock.now()) {
    throw new DefinitionError("until", {
      expected: "an instant to come",
      got: until.toISOString(),
      remedy: "choose a later one, or leave it out",
    });
  }
  const now = context.ports.clock.now();
  return await changeRow(context, name, async (before) => {
    // A pause that is over and that no tick has seen yet ends where it should have.
    const isOver = before.state === "paused" && (before.pausedUntil ?? Number.POSITIVE_INFINITY) <= now;
    // The code may have another rule by now, and the deploy is under way: a pause must be possible all the same.
    const rule = isOver ? formerRuleOf(before, context.registry) : undefined;
    const { row, entries = [] } = rule ? await resumedRow(context, before, { now, rule }) : { row: before };
    return { row: paused(row, reason, until?.getTime()), entries };
  });
};

/**
 * Resume from now, or from the end of the pause if no tick has seen that yet: what was due until then is recorded as
 * skipped. Runs that died before the pause do not count any more: else the next one to die would pause it again.
 */
export const resumeSchedule = async (context: PipelineContext, name: string): Promise<ChangedRow> => {
  const changed = await changeRow(context, name, (row) =>
    row.state === "paused"
      ? resumedRow(context, row, { now: context.ports.clock.now(), rule: ruleFor(context, row) })
      : { row },
  );
  // Also when it was active already: that write may have been ours, with its reply lost.
  await resetConsecutiveDeaths(context, name);
  await dispatchNow(context, name);
  return changed;
};

const resumedRow = async (
  context: PipelineContext,
  before: ScheduleRow,
  { now, rule }: { readonly now: number; readonly rule: Rule },
): Promise<Edited> => {
  const until = Math.min(now, before.pausedUntil ?? now);
  const { row } = resumed(before, rule, until);
  const skip = { rule, before: until, reason: reasonOf(before, "resumed") };
  return { row, entries: await skippedEntries(context.ports, before, skip) };
};

/** A refusal means that a run has ended meanwhile: then the count is of runs since. */
const resetConsecutiveDeaths = async ({ ports: { notes } }: PipelineContext, name: string): Promise<void> => {
  const deaths = await notes.read(name, "consecutive-deaths");
  if (deaths) await notes.swap(name, "consecutive-deaths", deaths, "");
};

/**
 * Delete a schedule that was made at run time. The worker skips occurrences that were sent already.
 * @throws DefinitionError when it is defined in the code: the next deploy would bring it back.
 */
export const deleteSchedule = (context: PipelineContext, name: string): Promise<ChangedRow> =>
  changeRow(context, name, async (row) => {
    if (row.source === "runtime")
      return { row: tombstone(row), entries: await skipUndispatched(context, row, "deleted") };
    throw new DefinitionError(`schedule "${name}"`, {
      expected: "one made at run time",
      got: "one of the code",
      remedy: "take it out of jobs/schedules.ts and deploy, or pause it",
    });
  });

/** Enqueue one run of a schedule's job with its input, now, whatever its rule and its pause say; once per key, if given. */
export const triggerSchedule = async (
  context: PipelineContext,
  name: string,
  key?: string,
): Promise<Enqueued> =>
  await enqueueForSchedule(
    context,
    await findSchedule(context, name),
    key === undefined ? undefined : `${name}/${key}`,
  );

/** Enqueue a run that is no occurrence: neither a pause nor the overlap policy holds it up. */
export const enqueueForSchedule = async (
  context: PipelineContext,
  { name, job: jobName, input: text }: ScheduleRow,
  key?: string,
): Promise<Enqueued> => {
  const job = jobFor(context, jobName);
  const input: unknown = text === undefined ? undefined : JSON.parse(text);
  const options = withoutUndefined({ tags: [`schedule:${name}`], key });
  return singleResult(await enqueueMany(context.ports, [{ job, input, options }]));
};
