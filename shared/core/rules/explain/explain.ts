import { type IdleCost, idleCosts } from "../../cost/idle.ts";
import { type Cost, costOf } from "../../cost/schedule-cost.ts";
import { DefinitionError } from "../../errors.ts";
import { firstAt, maxFiresPerPlan } from "../../schedules/plan.ts";
import { withoutUndefined } from "../../without-undefined.ts";
import { isCron, isOnTheWall } from "../cron/cron-rule.ts";
import type { DstPolicy } from "../cron/dst.ts";
import type { Rule } from "../rule.ts";
import { type TimeZoneData, timeZoneDataOf } from "../time-zone-data.ts";
import { type ClockChange, changesOf } from "./clock-changes.ts";
import { dstEffects, type PolicyEffect, policyEffects } from "./describe-policy.ts";
import { describeRule } from "./describe-rule.ts";
import { type Behaviour, type Fire, firesOf } from "./fires.ts";
import { localClock } from "./local-time.ts";
import { type Rhythm, rhythmOf } from "./volume.ts";
import { leavesOf, zonesOf } from "./wall-rule.ts";

export interface Question {
  /** The first instant that counts. */
  readonly from: number;
  /** How many occurrences to show, up to as many as one plan holds. */
  readonly count: number;
  /** Whose clocks the occurrences are shown on. Default: those the rule goes by, else UTC. */
  readonly zone?: string | undefined;
  readonly schedule?: Behaviour | undefined;
  /** `process.versions.tz` of the runtime. */
  readonly timeZoneRelease?: string | undefined;
}

/** All that is known of a rule before it runs. */
export interface Explanation {
  readonly rule: string;
  readonly sentence: string;
  /** How the rule was read, where it could be taken for another. */
  readonly note?: string;
  /** The zone by whose clocks the rule goes, if it does and goes by one only. */
  readonly zone?: string;
  /** All zones by whose clocks the rule or its parts go. */
  readonly zones: readonly string[];
  readonly shownIn: string;
  /** Of one cron expression. The parts of a combined rule each have their own. */
  readonly dst?: DstPolicy;
  readonly from: string;
  readonly fires: readonly Fire[];
  /** Of the rule's zones, for a year, or as far as the occurrences go. */
  readonly clockChanges: readonly ClockChange[];
  readonly policies: readonly PolicyEffect[];
  readonly rhythm: Rhythm;
  /** What the clock changes were computed with. Absent when the rule goes by no zone's clocks. */
  readonly timeZoneData?: TimeZoneData;
  /** Dollars a month on top of `idle`. */
  readonly cost: Cost;
  /** What a pipeline of each stage costs a month whatever it does. */
  readonly idle: readonly IdleCost[];
}

const yearMs = 366 * 86_400_000;

/**
 * What a rule, or a schedule, will do and cost. Nothing is asked but the rule.
 * @throws DefinitionError when it is not due any more, or the zone is unknown.
 */
export const explain = (
  rule: Rule,
  { from, count, zone, schedule, timeZoneRelease }: Question,
): Explanation => {
  const first = firstAt(rule, from);
  if (first === undefined) throw neverAgain(rule, from);
  const zones = zonesOf(rule);
  const [onlyZone] = zones.length === 1 ? zones : [];
  const shownIn = zone ?? rule.zone ?? onlyZone ?? "UTC";
  const fires = firesOf(rule, { first, count: Math.min(count, maxFiresPerPlan), zone: shownIn, schedule });
  const context = { rule, first, read: localClock(shownIn) };
  const rhythm = rhythmOf(rule, schedule?.policy, from);
  return withoutUndefined({
    rule: rule.text,
    sentence: describeRule(rule),
    ...(isSecondsFirst(rule) && { note: "The first of its six fields is for seconds" }),
    zone: onlyZone,
    zones,
    shownIn,
    ...(isOnTheWall(rule) && { dst: rule.dst }),
    from: new Date(from).toISOString(),
    fires,
    clockChanges: changesOf(rule, from, Math.max(from + yearMs, ...fires.map(({ at }) => Date.parse(at)))),
    policies: [
      ...dstEffects(leavesOf(rule).filter(isOnTheWall)),
      ...(schedule ? policyEffects(schedule.policy, context) : []),
    ],
    rhythm,
    ...(timeZoneRelease !== undefined &&
      zones.some((one) => one !== "UTC") && { timeZoneData: timeZoneDataOf(timeZoneRelease) }),
    cost: costOf(rhythm.perMonth),
    idle: idleCosts(),
  });
};

/** AWS has six fields too, whose first is the minute. */
const isSecondsFirst = (rule: Rule): boolean =>
  leavesOf(rule).some((leaf) => isCron(leaf) && leaf.dialect === "sec6");

const neverAgain = ({ text }: Rule, from: number): DefinitionError => {
  return new DefinitionError("rule", {
    expected: `a rule that is due after ${new Date(from).toISOString()}`,
    got: `"${text}"`,
    remedy: "choose a later time, or preview from an earlier instant",
  });
};
