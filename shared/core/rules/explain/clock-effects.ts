import { nextInstant } from "../../schedules/plan.ts";
import { type CronRule, isOnTheWall } from "../cron/cron-rule.ts";
import { parseExpression } from "../cron/expression.ts";
import type { Rule } from "../rule.ts";
import { type Jump, timesText, type WallTimes } from "./jumps.ts";
import { wallTime } from "./local-time.ts";
import { onPlainWall } from "./wall-rule.ts";

/** What happens to times that do not exist. An interval continues in real time and loses no run. */
export type GapEffect = "moved" | "skipped" | "continues";

export const gapEffect = (rule: CronRule, { before, after }: Jump, { first, last }: WallTimes): GapEffect => {
  if (rule.dst.gap === "run-after-gap") return "moved";
  if (!keepsRhythm(rule)) return "skipped";
  const next = nextInstant(onPlainWall(rule), last) ?? Number.POSITIVE_INFINITY;
  // In real time, what follows the gap must come no later than what fell into it would have come.
  return next - (after - before) <= first ? "continues" : "skipped";
};

/** Whether a rule is due in every hour, and in no other rhythm where the clocks jump over one. */
export const keepsRhythm = ({ text, dst }: CronRule): boolean => {
  const [, , hour] = parseExpression(text).fields;
  return dst.gap === "skip" && (hour === "*" || hour === "*/1");
};

/** What a jump does to the times of a rule that it touches. */
export const effectOf = (rule: Rule, jump: Jump, times: WallTimes | undefined): string => {
  if (!isOnTheWall(rule)) return "the rule itself decides what becomes of its times";
  const isGap = jump.after > jump.before;
  if (!times) return isGap ? "no time of this rule is left out" : "no time of this rule comes twice";
  return isGap ? gapEffectText(rule, jump, times) : overlapEffect(rule, jump, times);
};

const gapEffectText = (rule: CronRule, jump: Jump, times: WallTimes): string => {
  const missing = `${timesText(times)} ${isMany(times) ? "do" : "does"} not exist`;
  return {
    moved: `${missing}: ${isMany(times) ? "run once," : "runs"} at ${wallTime(jump.at + jump.after)} instead`,
    skipped: `${missing}: skipped`,
    continues: `${missing}: the interval continues in real time`,
  }[gapEffect(rule, jump, times)];
};

const overlapEffect = ({ dst }: CronRule, { before, after }: Jump, times: WallTimes): string => {
  const come = `${timesText(times)} ${isMany(times) ? "come" : "comes"} twice: ${isMany(times) ? "run" : "runs"}`;
  if (dst.overlap === "both") return `${come} both times`;
  const copy = times.first - (dst.overlap === "first" ? before : after);
  return `${come} the ${dst.overlap} time${isMany(times) ? "" : `, ${wallTime(copy)}Z`}`;
};

const isMany = ({ count }: WallTimes): boolean => count > 1;
