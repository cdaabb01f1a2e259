import { DefinitionError } from "../../core/errors.ts";
import { checkName } from "../../core/jobs/name.ts";
import { jsonHash, jsonText } from "../../core/json.ts";
import type { ProblemParts } from "../../core/problem.ts";
import type { DstPolicy } from "../../core/rules/cron/dst.ts";
import { parseRule } from "../../core/rules/cron/parse-rule.ts";
import { zonesOf } from "../../core/rules/explain/wall-rule.ts";
import { parseRuleText, type RuleText } from "../../core/rules/stored-rule.ts";
import { checkInput } from "../../core/runs/input.ts";
import { nextInstant } from "../../core/schedules/plan.ts";
import { schedulePolicy } from "../../core/schedules/policy.ts";
import type { PolicyOptions } from "../../core/schedules/policy-options.ts";
import { replaceRow, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { recorded, withFirstRule, withUnrecorded } from "../../core/schedules/unrecorded.ts";
import { firstRow } from "../../core/schedules/update.ts";
import type { PipelineContext } from "../context.ts";
import type { Enqueued } from "../enqueue/enqueue.ts";
import { jobFor } from "./change-row.ts";
import { enqueueForSchedule } from "./control.ts";
import { dispatchNow } from "./dispatch-now.ts";
import { recordUnrecorded } from "./record-unrecorded.ts";
import { updateSchedule } from "./update-schedule.ts";

/** A schedule as an operator defines it. */
export interface ScheduleInput {
  readonly name: string;
  readonly job: string;
  /** `every 30 seconds`, `at 2027-01-01T00:00:00Z`, a cron expression, `rate(5 minutes)`. */
  readonly rule: string;
  /** Further rules: the schedule is due when any rule is. */
  readonly or?: readonly string[] | undefined;
  /** Dates of the zone, such as `2027-12-25`, on which it is not due. */
  readonly except?: readonly string[] | undefined;
  readonly zone?: string | undefined;
  readonly dst?: Partial<DstPolicy> | undefined;
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
  /** Accept a rule that is never due, or never again: the schedule waits for an edit. */
  readonly allowNever?: boolean | undefined;
  readonly input?: unknown;
  readonly policy?: PolicyOptions | undefined;
}

/** A rule whose last instant is over: refuse it, or enqueue one run now. */
export type IfPast = "refuse" | "run-now";

export interface CreatedSchedule {
  readonly row: ScheduleRow;
  /** The run that was made now, since the rule is over. */
  readonly run: Enqueued | undefined;
}

/**
 * Create a schedule at run time, beside those in the code.
 * @throws DefinitionError, InvalidInputError in one sentence; nothing is stored then.
 */
export const createSchedule = async (
  context: PipelineContext,
  input: ScheduleInput,
  ifPast: IfPast = "refuse",
): Promise<CreatedSchedule> => {
  checkName(input.name, "schedule");
  const wanted = await wantedRow(context, input);
  checkDst(input.dst, wanted.rule);
  checkZone(input.zone, wanted.rule);
  if (wanted.nextFireAt === undefined && ifPast === "refuse" && !input.allowNever)
    throw over(wanted, { name: "ifPast", value: "run-now" });
  if (context.registry.schedules.has(input.name)) throw taken(input.name, "jobs/schedules.ts");
  const first = withFirstRule(wanted);
  const [isNew] = await context.ports.schedules.create([first]);
  if (isNew) await recordUnrecorded(context.ports, [first]);
  const row = isNew ? wanted : await reuse(context, wanted);
  if (row.nextFireAt === undefined)
    return { row, run: ifPast === "run-now" ? await enqueueForSchedule(context, row) : undefined };
  await dispatchNow(context, row.name);
  return { row, run: undefined };
};

/** @throws DefinitionError: the rule of a schedule will never be due. */
export const over = (
  { rule: { text, end } }: ScheduleRow,
  option?: ProblemParts["option"],
): DefinitionError => {
  const until = end === undefined ? "" : ` until ${new Date(end).toISOString()}`;
  return new DefinitionError("rule", {
    expected: "an instant to come",
    got: `"${text}"${until}, which is never due again`,
    remedy: "choose a later one",
    ...(option && { option }),
  });
};

const taken = (name: string, owner: string): DefinitionError =>
  new DefinitionError("name", {
    expected: "a name that is free",
    got: `"${name}", which ${owner} has`,
    remedy: "choose another, or edit that one",
  });

/** Reuse the name of a deleted schedule. */
const reuse = async (context: PipelineContext, row: ScheduleRow): Promise<ScheduleRow> => {
  const { ports } = context;
  const { schedules } = ports;
  const before = (await schedules.read([row.name])).get(row.name);
  // Its reply was lost, and the request sent again.
  if (before && jsonHash(jsonText(recorded(before))) === jsonHash(jsonText(row))) {
    await recordUnrecorded(ports, [before]);
    return row;
  }
  if (before?.state === "deleted") {
    const update = await updateSchedule(context, before, { wanted: row, change: "created" });
    const next = withUnrecorded(before, update.row, update);
    const [isWritten] = await schedules.change([replaceRow(before, next)]);
    if (isWritten) return (await recordUnrecorded(ports, [next]))[0] ?? next;
  }
  throw taken(row.name, before?.source === "code" ? "jobs/schedules.ts" : "another schedule");
};

/** The first row of a schedule that an operator wants. */
export const wantedRow = async (context: PipelineContext, wanted: ScheduleInput): Promise<ScheduleRow> => {
  const { name, policy } = wanted;
  const job = jobFor(context, wanted.job);
  const ruleText = ruleTextOf(wanted);
  const input = await checkInput(job, wanted.input);
  const rule = parseRuleText(ruleText);
  const first = {
    name,
    source: "runtime" as const,
    job,
    ruleText,
    rule,
    policy: schedulePolicy(policy),
    input,
  };
  return firstRow(first, context.ports.clock.now());
};

/** The rule as its text, from which the same rule comes back. */
const ruleTextOf = (input: ScheduleInput): RuleText => {
  const { rule: text, or = [], except = [], zone, dst, start, end, allowNever = false } = input;
  if (start && end && start >= end) {
    throw new DefinitionError("end", {
      expected: `an instant after start, ${start.toISOString()}`,
      got: end.toISOString(),
      remedy: "choose a later one",
    });
  }
  const rules = [text, ...or].map((one) => parseRule(one, zone, { allowNever, ...(dst && { dst }) }));
  const [first, ...others] = rules.map((rule) => rule.text);
  const chosen = rules.find((rule) => rule.dst)?.dst;
  const made: RuleText = {
    text: first ?? text,
    ...(others.length > 0 && { or: others }),
    ...(except.length > 0 && { except: [...except] }),
    ...(zone !== undefined && { zone }),
    ...(chosen && dst && { dst: chosen }),
    ...(start && { start: start.getTime() }),
    ...(end && { end: end.getTime() }),
  };
  nextInstant(parseRuleText(made), 0);
  return made;
};

/** @throws DefinitionError when a choice was made that the rule does not have. */
export const checkDst = (wanted: Partial<DstPolicy> = {}, { text, dst }: RuleText): void => {
  const { gap = dst?.gap, overlap = dst?.overlap } = wanted;
  if (gap === dst?.gap && overlap === dst?.overlap) return;
  throw new DefinitionError("dst", {
    expected: "a rule on the clocks of a zone",
    got: `"${text}", which keeps its rhythm`,
    remedy: "leave it out",
  });
};

/** @throws DefinitionError when a zone was named that makes no difference. */
export const checkZone = (zone: string | undefined, rule: RuleText): void => {
  const isRead = rule.except !== undefined || zonesOf(parseRuleText(rule)).length > 0;
  if (zone === undefined || zone === "UTC" || isRead) return;
  throw new DefinitionError("zone", {
    expected: "a rule on the clocks of a zone",
    got: `"${rule.text}", which is the same in all of them`,
    remedy: "leave it out",
  });
};
