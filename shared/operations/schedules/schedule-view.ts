import { durationText } from "../../core/duration.ts";
import type { LaneName } from "../../core/lane.ts";
import type { DstPolicy } from "../../core/rules/cron/dst.ts";
import { type Rule, ruleSignature } from "../../core/rules/rule.ts";
import { ruleOf } from "../../core/rules/stored-rule.ts";
import { nextInstant } from "../../core/schedules/plan.ts";
import type { SchedulePolicy } from "../../core/schedules/policy.ts";
import type { PolicyOptionName } from "../../core/schedules/policy-options.ts";
import type { Schedule } from "../../core/schedules/schedule.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { PipelineContext } from "../../pipeline/context.ts";
import { iso } from "../runs/run-view.ts";

/** A schedule as an operator sees it. Instants are ISO 8601. */
export interface ShownSchedule {
  readonly name: string;
  readonly job: string;
  readonly lane: LaneName;
  readonly rule: string;
  /** On whose clocks the rule is read, if it goes by any. */
  readonly zone?: string;
  readonly dst?: DstPolicy;
  readonly start?: string;
  readonly end?: string;
  /** `new`: defined in code, and not stored by a dispatcher yet. */
  readonly state: ScheduleRow["state"] | "new";
  readonly source: ScheduleRow["source"];
  readonly policy: ShownPolicy;
  readonly input?: unknown;
  readonly pauseReason?: string;
  readonly pausedUntil?: string;
  /** The last time that was sent, up to two minutes ahead. */
  readonly lastSentAt?: string;
  /** The next times it is due; none while it is paused without an end. */
  readonly next: readonly string[];
}

/** Lengths of time in words. It has every option of the policy. */
export interface ShownPolicy extends Readonly<Partial<Record<PolicyOptionName, string | number>>> {
  readonly catchUp: SchedulePolicy["catchUp"];
  readonly catchUpWindow: string;
  readonly catchUpLimit: number;
  readonly overlap: SchedulePolicy["overlap"];
  readonly jitter?: string;
  readonly pauseAfterDeaths?: number;
  readonly minInterval?: string;
}

/** A stored schedule. Of a rule that this code has not, since another version is deployed, only the next time is known. */
export const shownRow = (row: ScheduleRow, context: PipelineContext, count: number): ShownSchedule => {
  const { name, job, lane, state, source, input, pauseReason, pausedUntil, lastFiredAt } = row;
  return withoutUndefined({
    name,
    job,
    lane,
    ...shownRule(row, context),
    state,
    source,
    policy: shownPolicy(row.policy),
    ...(input !== undefined && { input: JSON.parse(input) }),
    pauseReason,
    ...(pausedUntil !== undefined && { pausedUntil: iso(pausedUntil) }),
    ...(lastFiredAt !== undefined && { lastSentAt: iso(lastFiredAt) }),
    next: nextOf(row, context, count),
  });
};

/** One that is defined in code and not stored yet. */
export const shownNew = (
  { name, job, rule, policy, input }: Schedule,
  { ports }: PipelineContext,
  count: number,
): ShownSchedule =>
  withoutUndefined({
    name,
    job: job.name,
    lane: job.lane,
    ...describedRule(rule),
    state: "new",
    source: "code",
    policy: shownPolicy(policy),
    input,
    next: timesAfter(rule, ports.clock.now(), count),
  });

/** The rule that will be asked, if this code has it as it is stored. */
const ruleHere = (row: ScheduleRow, { registry }: PipelineContext): Rule | undefined => {
  const rule = ruleOf(row, registry);
  return row.source === "code" && rule && ruleSignature(rule) !== row.rule.text ? undefined : rule;
};

type DescribedRule = Pick<ShownSchedule, "rule" | "zone" | "dst" | "start" | "end">;

const shownRule = (row: ScheduleRow, context: PipelineContext): DescribedRule => {
  const { text, zone, start, end } = row.rule;
  const rule = ruleHere(row, context);
  return {
    ...(rule ? describedRule(rule) : withoutUndefined({ rule: text, zone })),
    ...(start !== undefined && { start: iso(start) }),
    ...(end !== undefined && { end: iso(end) }),
  };
};

const describedRule = ({ text, zone, dst }: Rule): DescribedRule =>
  withoutUndefined({
    rule: text,
    zone,
    dst,
  });

const shownPolicy = (policy: SchedulePolicy): ShownPolicy => {
  const { catchUp, catchUpWindowMs, catchUpLimit, overlap, jitterMs, pauseAfterDeaths, minIntervalMs } =
    policy;
  return withoutUndefined({
    catchUp,
    catchUpWindow: durationText(catchUpWindowMs),
    catchUpLimit,
    overlap,
    ...(jitterMs > 0 && { jitter: durationText(jitterMs) }),
    pauseAfterDeaths,
    ...(minIntervalMs !== undefined && { minInterval: durationText(minIntervalMs) }),
  });
};

const nextOf = (row: ScheduleRow, context: PipelineContext, count: number): readonly string[] => {
  const { state, nextFireAt, pausedUntil } = row;
  const now = context.ports.clock.now();
  if (state === "deleted" || (state === "paused" && pausedUntil === undefined)) return [];
  const rule = ruleHere(row, context);
  if (!rule || nextFireAt === undefined || rule.isFixedDelay)
    return nextFireAt === undefined ? [] : [iso(nextFireAt)];
  return timesAfter(rule, Math.max(now, (pausedUntil ?? 0) - 1), count);
};

const timesAfter = (rule: Rule, after: number, count: number): readonly string[] => {
  const times: string[] = [];
  for (
    let next = nextInstant(rule, after);
    next !== undefined && times.length < count;
    next = nextInstant(rule, next)
  ) {
    times.push(iso(next));
  }
  return times;
};
