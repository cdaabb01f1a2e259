import { isCron, isOnTheWall } from "../cron/cron-rule.ts";
import type { Rule } from "../rule.ts";
import { describeCron } from "./describe-cron.ts";
import { zonesOf } from "./wall-rule.ts";

/** When a rule is due, in a sentence, with its parts' zones where they differ. A user-defined rule is described by its text. */
export const describeRule = (rule: Rule): string => describePart(rule, zonesOf(rule).length > 1);

const describePart = (rule: Rule, hasZones: boolean): string => {
  if (rule.parts) return describeCombined(rule, rule.parts, hasZones);
  if (isOnTheWall(rule)) return describeCron(rule.text) + describeZone(rule, hasZones);
  if (isCron(rule)) return fromEpoch(rule.expression);
  return describeInterval(rule.text) ?? describeOnce(rule.text) ?? rule.text + describeZone(rule, hasZones);
};

const describeZone = ({ zone }: Rule, hasZones: boolean): string =>
  hasZones && zone !== undefined ? ` (${zone})` : "";

const describeCombined = ({ limits }: Rule, parts: readonly Rule[], hasZones: boolean): string => {
  const words = parts.map((part) => describePart(part, hasZones));
  const any = words.map((one, i) => (i === 0 ? one : inSentence(one))).join("; or ");
  if (!limits || limits.words === "") return any;
  const isOfMany = parts.some(({ parts: inner = [] }) => inner.length > 1);
  return `${any}${isOfMany ? "; all of it" : ","} ${describeBounds(limits.words)}`;
};

const inSentence = (words: string): string =>
  words.replace(/^(?:At|Every|On|Once)\b/, (word) => word.toLowerCase());

/** The hash of unnamed dates means nothing to a reader. */
const describeBounds = (words: string): string =>
  words.replaceAll(/\d{4}-\d\d-\d\dT\S+/g, describeInstant).replace(/ #[\w-]{8}/, "");

const describeInterval = (text: string): string | undefined => {
  const [, interval, anchor, fixedDelay] =
    /^every (\S+ \S+?)(?: anchored at (\S+)| (fixed-delay))?$/.exec(text) ?? [];
  if (interval === undefined) return undefined;
  if (fixedDelay) return `${describeEvery(interval)}, counted from the occurrence before`;
  return anchor ? `${describeEvery(interval)}, in step with ${describeInstant(anchor)}` : fromEpoch(interval);
};

const fromEpoch = (interval: string): string =>
  `${describeEvery(interval)}, counted from 1970-01-01 00:00:00Z`;

const describeEvery = (interval: string): string => `Every ${interval.replace(/^1 (\w+?)s?$/, "$1")}`;

const describeOnce = (text: string): string | undefined => {
  const [, instant] = /^at (\S+)$/.exec(text) ?? [];
  return instant && `Once, at ${describeInstant(instant)}`;
};

const describeInstant = (iso: string): string => iso.replace("T", " ").replace(".000Z", "Z");
