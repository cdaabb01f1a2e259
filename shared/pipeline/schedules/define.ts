import type { DstChoice } from "../../core/cron/dst.ts";
import { parseRule } from "../../core/cron/parse-rule.ts";
import { DefinitionError } from "../../core/errors.ts";
import { checkInput } from "../../core/input.ts";
import { checkName, type Job } from "../../core/job.ts";
import { jsonHash } from "../../core/json.ts";
import { firstAt, parseRuleText, type RuleText, type ScheduleRow } from "../../core/occurrence.ts";
import { nextInstant } from "../../core/plan.ts";
import type { Rule } from "../../core/rule.ts";
import { type PolicyOptions, schedulePolicy } from "../../core/schedule-policy.ts";
import { enqueueMany } from "../enqueue.ts";
import { changeRow, findSchedule, type ScheduleDesk } from "./change-row.ts";

/** What an operator says of a schedule. */
export interface ScheduleWish {
  readonly name: string;
  readonly job: string;
  /** `every 30 seconds`, `at 2027-01-01T00:00:00Z`, a cron expression, `rate(5 minutes)`. */
  readonly rule: string;
  readonly zone?: string | undefined;
  readonly dst?: DstChoice | undefined;
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
  readonly input?: unknown;
  readonly policy?: PolicyOptions | undefined;
  /** A rule whose last instant is over: refuse it, or enqueue one run now. Default `refuse`. */
  readonly past?: "refuse" | "run-now" | undefined;
}

/**
 * Make a schedule at run time, beside those in the code.
 * @throws DefinitionError, InvalidInputError in one sentence; nothing is stored then.
 */
export const createSchedule = async (desk: ScheduleDesk, wish: ScheduleWish): Promise<ScheduleRow> => {
  checkName(wish.name, "schedule");
  const row = await rowOf(desk, wish, 1);
  if (row.nextAt === undefined && wish.past !== "run-now") throw over(wish);
  const [isNew] = await desk.ports.schedules.create([row]);
  const stored = isNew ? row : await reuse(desk, row);
  if (row.nextAt === undefined) await runNow(desk, row);
  return stored;
};

const over = ({ rule, zone }: ScheduleWish): DefinitionError =>
  new DefinitionError(
    "rule",
    `expected an instant to come, got "${rule}"${zone ? ` in ${zone}` : ""}, which is never due again; choose a later one, or ask for past: "run-now"`,
  );

/** A name is free again when its schedule was deleted. */
const reuse = async ({ ports }: ScheduleDesk, row: ScheduleRow): Promise<ScheduleRow> => {
  const taken = (await ports.schedules.read([row.name])).get(row.name);
  if (taken?.state === "deleted") {
    const next = { ...row, version: taken.version + 1 };
    const when = { version: taken.version, nextAt: taken.nextAt };
    const [isWritten] = await ports.schedules.change([{ row: next, when }]);
    if (isWritten) return next;
  }
  throw new DefinitionError(
    "name",
    `expected a name that is free, got "${row.name}", which ${taken?.source === "code" ? "jobs/schedules.ts" : "another schedule"} has; choose another, or edit that one`,
  );
};

const runNow = async ({ ports, registry }: ScheduleDesk, row: ScheduleRow): Promise<void> => {
  const job = jobOf({ ports, registry }, row.job);
  const input = row.input === undefined ? undefined : JSON.parse(row.input);
  await enqueueMany(ports, [{ job, input, options: { tags: [`schedule:${row.name}`] } }]);
};

/**
 * Change what an operator made. What is left out stays; the next instant is the first from now on that the rule, as
 * it is then, has. Occurrences already sent are let go by their worker if they are not due any more.
 * @throws DefinitionError when the schedule stands in the code.
 */
export const editSchedule = async (
  desk: ScheduleDesk,
  name: string,
  wish: Partial<ScheduleWish>,
): Promise<ScheduleRow> => {
  const before = await findSchedule(desk, name);
  if (before.source === "code") {
    throw new DefinitionError(
      `schedule "${name}"`,
      `expected one made at run time, got one of the code: edit jobs/schedules.ts and deploy`,
    );
  }
  const edited = await rowOf(desk, { ...wishOf(before), ...wish, name }, before.version + 1);
  if (edited.nextAt === undefined) throw over({ ...wishOf(before), ...wish });
  const { state, pausedFor, pausedUntil, lastAt } = before;
  return await changeRow(desk, name, (row) => ({
    row: {
      ...{ ...edited, state, version: row.version + 1 },
      ...(pausedFor !== undefined && { pausedFor }),
      ...(pausedUntil !== undefined && { pausedUntil }),
      ...(lastAt !== undefined && { lastAt }),
      policy: { ...row.policy, ...(wish.policy && pick(schedulePolicy(wish.policy), wish.policy)) },
    },
  }));
};

/** Only what the wish names: the rest of a policy stays as it was. */
const pick = (made: ScheduleRow["policy"], named: PolicyOptions): Partial<ScheduleRow["policy"]> =>
  Object.fromEntries(Object.entries(made).filter(([key]) => key in named || key.replace(/Ms$/, "") in named));

const wishOf = ({ name, job, rule, input }: ScheduleRow): ScheduleWish => ({
  ...{ name, job, rule: rule.text, zone: rule.zone, dst: rule.dst },
  start: rule.start === undefined ? undefined : new Date(rule.start),
  end: rule.end === undefined ? undefined : new Date(rule.end),
  ...(input !== undefined && { input: JSON.parse(input) }),
});

const rowOf = async (desk: ScheduleDesk, wish: ScheduleWish, version: number): Promise<ScheduleRow> => {
  const job = jobOf(desk, wish.job);
  const rule = ruleTextOf(wish);
  const text = await checkInput(job, wish.input);
  const nextAt = firstAt(parseRuleText(rule), desk.ports.clock.now());
  return {
    ...{ name: wish.name, version, source: "operator", state: "active", job: job.name, lane: job.lane, rule },
    policy: schedulePolicy(wish.policy),
    inputHash: jsonHash(text),
    ...(text !== undefined && { input: text }),
    ...(nextAt !== undefined && { nextAt }),
  };
};

const jobOf = ({ registry }: ScheduleDesk, name: string): Job => {
  const job = registry.jobs.get(name);
  if (job) return job;
  throw new DefinitionError("job", `expected one of ${[...registry.jobs.keys()].join(", ")}, got "${name}"`);
};

/** The rule as its text, from which the same rule comes back. */
const ruleTextOf = ({ rule: text, zone, dst, start, end }: ScheduleWish): RuleText => {
  const rule: Rule & { readonly dst?: RuleText["dst"] } = parseRule(
    text,
    zone,
    dst === undefined ? {} : { dst },
  );
  const made: RuleText = {
    text: rule.text,
    ...(zone !== undefined && { zone }),
    ...(rule.dst && dst !== undefined && { dst: rule.dst }),
    ...(start && { start: start.getTime() }),
    ...(end && { end: end.getTime() }),
  };
  nextInstant(parseRuleText(made), 0);
  return made;
};
