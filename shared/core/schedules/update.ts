import type { Job } from "../jobs/job.ts";
import { jsonHash, jsonText } from "../json.ts";
import type { Rule } from "../rules/rule.ts";
import { withoutUndefined } from "../without-undefined.ts";
import { formerJobsAfter } from "./former-job.ts";
import { firstAt } from "./plan.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/** What a new schedule is made of. */
export interface FirstRow extends Pick<ScheduleRow, "name" | "source" | "policy"> {
  readonly job: Pick<Job, "name" | "lane">;
  /** As it is stored, and the rule that it stands for. */
  readonly ruleText: ScheduleRow["rule"];
  readonly rule: Rule;
  /** JSON text. */
  readonly input: string | undefined;
}

/** The first version of a schedule, which is due from now on. */
export const firstRow = (
  { name, source, job, ruleText, rule, policy, input }: FirstRow,
  now: number,
): ScheduleRow =>
  withoutUndefined({
    name,
    version: 1,
    source,
    state: "active",
    job: job.name,
    lane: job.lane,
    rule: ruleText,
    policy,
    inputHash: jsonHash(input),
    input,
    nextFireAt: firstAt(rule, now),
  });

/** What must be known of an update beside the two rows. */
export interface UpdateFacts {
  readonly now: number;
  /** Whether the schedule was planned by the rule that it has after the update. See `hasSameRule`. */
  readonly isSameRule: boolean;
}

/** Whether both rows name the same rule. A deleted schedule has none: its name starts anew. */
export const hasSameRule = (before: ScheduleRow, wanted: ScheduleRow): boolean =>
  before.state !== "deleted" && ruleKeyOf(before) === ruleKeyOf(wanted);

/** The code's text names all that makes it another rule. */
const ruleKeyOf = ({ source, rule }: ScheduleRow): string =>
  source === "code" ? rule.text : jsonHash(jsonText(rule));

/**
 * A stored schedule after a create, an edit or a deploy that wants it to be as `wanted`, a first row. With the same rule
 * it continues where it was; with another one it starts from now. A pause outlasts the update.
 * @param fired instants that the ledger has before `ledgerLimit`; none are needed when that is undefined
 */
export const updateRow = (
  before: ScheduleRow,
  wanted: ScheduleRow,
  facts: UpdateFacts & { readonly fired: readonly number[] },
): ScheduleRow => {
  const { nextFireAt: _fromNow, ...rest } = wanted;
  return withoutUndefined({
    ...rest,
    ...pauseAfter(before, wanted),
    ...formerJobsAfter(before, wanted.job, facts),
    version: before.version + 1,
    nextFireAt: nextFireAfter(before, wanted, facts.isSameRule),
    lastFiredAt: lastFiredAfter(before, wanted, facts),
  });
};

/**
 * The ledger must be read for instants that were fired before this one, to know the last of them. Undefined: the row
 * knows it, or it does not matter.
 */
export const ledgerLimit = (
  before: ScheduleRow,
  wanted: ScheduleRow,
  facts: UpdateFacts,
): number | undefined => {
  const limit = lastFiredLimit(before, wanted, facts);
  const isKnown = before.lastFiredAt === undefined || before.lastFiredAt < limit;
  return isKnown || isNewName(before, wanted) || wanted.policy.minIntervalMs === undefined
    ? undefined
    : limit;
};

/**
 * The last instant that was fired, for the minimal interval: what was sent ahead and is planned again, or is not due any
 * more, was not the last one then.
 */
const lastFiredAfter = (
  before: ScheduleRow,
  wanted: ScheduleRow,
  facts: UpdateFacts & { readonly fired: readonly number[] },
): number | undefined => {
  if (isNewName(before, wanted)) return undefined;
  const { lastFiredAt } = before;
  const limit = lastFiredLimit(before, wanted, facts);
  if (lastFiredAt === undefined || lastFiredAt < limit) return lastFiredAt;
  if (ledgerLimit(before, wanted, facts) === undefined) return undefined;
  const fired = facts.fired.filter((at) => at < limit);
  return fired.length === 0 ? undefined : Math.max(...fired);
};

/** What was fired from here on is planned again, or is not due any more. */
const lastFiredLimit = (
  before: ScheduleRow,
  wanted: ScheduleRow,
  { now, isSameRule }: UpdateFacts,
): number => {
  const next = nextFireAfter(before, wanted, isSameRule) ?? Number.POSITIVE_INFINITY;
  return isSameRule ? next : Math.min(next, now + 1);
};

/** Another rule starts from now, and the same one continues. Of another job there are no runs yet for what was sent ahead. */
const nextFireAfter = (before: ScheduleRow, wanted: ScheduleRow, isSameRule: boolean): number | undefined => {
  if (!isSameRule || before.nextFireAt === undefined) return wanted.nextFireAt;
  if (before.job === wanted.job || wanted.nextFireAt === undefined) return before.nextFireAt;
  return Math.min(before.nextFireAt, wanted.nextFireAt);
};

/**
 * Whether an operator reuses the name of a deleted schedule. The code's schedule is the same one when a deploy brings it
 * back.
 */
const isNewName = (before: ScheduleRow, wanted: ScheduleRow): boolean =>
  before.state === "deleted" && wanted.source === "runtime";

/** A pause stays, unless the name is now another schedule's. The pause of a code schedule even outlasts its deletion. */
const pauseAfter = (before: ScheduleRow, wanted: ScheduleRow): Partial<ScheduleRow> => {
  const { source, pauseReason, pausedUntil } = before;
  if (pauseReason === undefined || source !== wanted.source || isNewName(before, wanted)) return {};
  return withoutUndefined({ state: "paused" as const, pauseReason, pausedUntil });
};
