import type { Duration } from "../../duration.ts";
import { DefinitionError } from "../../errors.ts";
import { at, every, type Rule } from "../rule.ts";
import { cron } from "./cron.ts";
import type { CronOptions } from "./cron-rule.ts";
import { tidy } from "./expression.ts";
import { refuseForeign } from "./foreign.ts";
import { timelineOf } from "./zone.ts";

/**
 * The rule that an operator types or a table holds: `every 30 seconds`, `at 2027-01-01T00:00:00Z`, or whatever `cron` takes.
 * The `text` of every rule made by `every`, `at` and `cron` comes back as the same rule, given its zone and policy.
 * @throws DefinitionError in one sentence: what was expected, what came.
 */
export const parseRule = (text: string, zone = "UTC", options: CronOptions = {}): Rule => {
  const rule = tidy(text, "rule");
  timelineOf(zone);
  refuseForeign(rule, zone);
  if (/^every /i.test(rule)) {
    return parseEvery(rule);
  }
  return /^at /i.test(rule) ? at(rule.slice("at ".length)) : cron(rule, zone, options);
};

const parseEvery = (rule: string): Rule => {
  const [, written = "", anchor, fixedDelay] =
    /^every (\S+ \S+?)(?: anchored at (\S+)| (fixed-delay))?$/i.exec(rule) ?? [];
  const interval = written.toLowerCase();
  if (!isDuration(interval)) {
    const shapes = '"every 30 seconds", with "anchored at 2027-01-01T00:00:00Z" or "fixed-delay" if needed';
    throw new DefinitionError("rule", { expected: shapes, got: `"${rule}"` });
  }
  const start = fixedDelay?.toLowerCase() ?? anchor;
  return every(interval, start === undefined ? {} : { anchor: start });
};

const isDuration = (text: string): text is Duration =>
  /^\d+(?:\.\d+)? (?:millisecond|second|minute|hour|day|week)s?$/.test(text);
