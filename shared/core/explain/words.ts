import { isCron, isOnTheWall } from "../cron/cron-rule.ts";
import type { Rule } from "../rule.ts";
import { cronWords } from "./cron-words.ts";

/** When a rule is due, in a sentence. A combined rule, or one of the user's own, is told by its text. */
export const sentenceOf = (rule: Rule): string => {
  if (isOnTheWall(rule)) return cronWords(rule.text);
  return isCron(rule)
    ? fromEpoch(rule.expression)
    : (intervalWords(rule.text) ?? onceWords(rule.text) ?? rule.text);
};

const intervalWords = (text: string): string | undefined => {
  const [, interval, anchor, drift] =
    /^every (\S+ \S+?)(?: anchored at (\S+)| (drift)ing)?$/.exec(text) ?? [];
  if (interval === undefined) return undefined;
  if (drift) return `${everyWords(interval)}, counted from the occurrence before`;
  return anchor ? `${everyWords(interval)}, in step with ${instantWords(anchor)}` : fromEpoch(interval);
};

const fromEpoch = (interval: string): string => `${everyWords(interval)}, counted from 1970-01-01 00:00:00Z`;

const everyWords = (interval: string): string => `Every ${interval.replace(/^1 /, "")}`;

const onceWords = (text: string): string | undefined => {
  const [, instant] = /^at (\S+)$/.exec(text) ?? [];
  return instant && `Once, at ${instantWords(instant)}`;
};

const instantWords = (iso: string): string => iso.replace("T", " ").replace(".000Z", "Z");
