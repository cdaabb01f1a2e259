import { checkRule, type Limits, type Rule, ruleSignature } from "../rule.ts";
import { isCron, isOnTheWall } from "./cron-rule.ts";
import { isSameDst } from "./dst.ts";

/**
 * A rule inside the text of another, with its zone, and its policy where that was chosen: a deploy takes a rule for another
 * one when its text is. Brackets keep what is meant for all of several rules from being read as meant for the last.
 */
export const partLine = (rule: Rule): string => {
  if (rule.parts) return rule.parts.length > 1 ? `(${rule.text})` : rule.text;
  if (!isOnTheWall(rule)) return isCron(rule) ? rule.text : ruleSignature(rule);
  const { text, zone, next, dst, usualDst } = rule;
  return ruleSignature(isSameDst(dst, usualDst) ? { text, zone, next } : rule);
};

/** A rule that is due at some of another's instants. */
export const limited = (rule: Rule, limits: Limits, next: Rule["next"]): Rule => {
  checkRule(rule, "rule");
  const { zone, isFixedDelay } = rule;
  const text = limits.words === "" ? partLine(rule) : `${partLine(rule)} ${limits.words}`;
  return { text, zone, isFixedDelay, parts: [rule], limits, next };
};
