import { type Cost, costOf, idleCost } from "../cost.ts";
import { isOnTheWall } from "../cron/cron-rule.ts";
import type { DstPolicy } from "../cron/dst.ts";
import { DefinitionError } from "../errors.ts";
import { firstAt } from "../occurrence.ts";
import { mostFired } from "../plan.ts";
import type { Rule } from "../rule.ts";
import { type ClockChange, clockChange, jumpsOf } from "./clock-changes.ts";
import { type Behaviour, type Fire, firesOf } from "./fires.ts";
import { localClock } from "./local-time.ts";
import { dstEffects, type PolicyEffect, policyEffects } from "./policy-words.ts";
import { type Rhythm, rhythmOf } from "./volume.ts";
import { goesByClocks } from "./wall-rule.ts";
import { sentenceOf } from "./words.ts";

export interface Question {
  /** The first instant that counts. */
  readonly from: number;
  /** How many occurrences to show, up to as many as one plan holds. */
  readonly count: number;
  /** Whose clocks the occurrences are shown on. Default: those the rule goes by, else UTC. */
  readonly zone?: string | undefined;
  readonly schedule?: Behaviour | undefined;
}

/** All that is known of a rule before it runs. */
export interface Explanation {
  readonly rule: string;
  readonly sentence: string;
  /** The zone by whose clocks the rule goes, if it does. */
  readonly zone?: string;
  readonly shownIn: string;
  readonly dst?: DstPolicy;
  readonly from: string;
  readonly fires: readonly Fire[];
  /** Of the rule's zone, for a year, or as far as the occurrences go. */
  readonly clockChanges: readonly ClockChange[];
  readonly policies: readonly PolicyEffect[];
  readonly rhythm: Rhythm;
  /** Dollars a month on top of `idleCost`, which the pipeline costs whatever it does. */
  readonly cost: Cost;
  readonly idleCost: Cost;
}

const yearMs = 366 * 86_400_000;

/**
 * What a rule, or a schedule, will do and cost. Nothing is asked but the rule.
 * @throws DefinitionError when it is not due any more, or the zone is unknown.
 */
export const explain = (rule: Rule, { from, count, zone, schedule }: Question): Explanation => {
  const first = firstAt(rule, from);
  if (first === undefined) throw neverAgain(rule, from);
  const shownIn = zone ?? rule.zone ?? "UTC";
  const fires = firesOf(rule, { first, count: Math.min(count, mostFired), zone: shownIn, schedule });
  const dst = isOnTheWall(rule) ? rule.dst : undefined;
  const context = { rule, first, read: localClock(shownIn) };
  const rhythm = rhythmOf(rule, schedule?.policy, from);
  return {
    rule: rule.text,
    sentence: sentenceOf(rule),
    ...(goesByClocks(rule) && { zone: rule.zone }),
    shownIn,
    ...(dst && { dst }),
    from: new Date(from).toISOString(),
    fires,
    clockChanges: changesOf(rule, from, fires),
    policies: [...(dst ? dstEffects(dst) : []), ...(schedule ? policyEffects(schedule.policy, context) : [])],
    rhythm,
    cost: costOf(rhythm.perMonth),
    idleCost: idleCost(),
  };
};

const changesOf = (rule: Rule, from: number, fires: readonly Fire[]): readonly ClockChange[] => {
  if (!goesByClocks(rule)) return [];
  const until = Math.max(from + yearMs, ...fires.map(({ at }) => Date.parse(at)));
  return jumpsOf(rule.zone, from, until).map((jump) => clockChange(rule, jump));
};

const neverAgain = ({ text }: Rule, from: number): DefinitionError =>
  new DefinitionError(
    "rule",
    `expected an instant from ${new Date(from).toISOString()} on, got "${text}", which is never due again`,
  );
