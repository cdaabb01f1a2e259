import type { Rule } from "../rule.ts";
import type { DstChoice, DstPolicy } from "./dst.ts";
import type { Dialect } from "./expression.ts";

/** A rule on the wall clock of a zone. `parseRule(text, zone, { dst })` makes it again from what a table can hold. */
export interface CronRule extends Rule {
  /** The IANA zone on whose clocks the fields are read. */
  readonly zone: string;
  readonly dialect: Dialect;
  /** The bare fields, without nickname or wrapper: of `@daily`, `0 0 * * *`. */
  readonly expression: string;
  readonly dst: DstPolicy;
  /** The default of `dst`. */
  readonly usualDst: DstPolicy;
  /** The same rule under another policy. What the choice leaves out stays as it is. */
  withDst(choice: DstChoice): CronRule;
}

export const isCron = (rule: Rule): rule is CronRule => "withDst" in rule;

/** Whether a rule is read on a wall clock, so that changes of the clocks can touch it. A rate is not. */
export const isOnTheWall = (rule: Rule): rule is CronRule => isCron(rule) && rule.dialect !== "aws-rate";

export interface CronOptions {
  /** Default by dialect and kind, see `cron`. A choice applies to intervals too. */
  readonly dst?: DstChoice;
  /** Accept an expression that can never be due, such as 31 February. Default false. */
  readonly allowNever?: boolean;
}
