import * as z from "zod";
import type { Registry } from "../jobs/registry.ts";
import { withoutUndefined } from "../without-undefined.ts";
import { anyOf } from "./cron/combine.ts";
import { except } from "./cron/except.ts";
import { parseRule } from "./cron/parse-rule.ts";
import { type Rule, ruleSignature } from "./rule.ts";

const instant = z.int();

const dstSchema = z.object({
  gap: z.enum(["run-after-gap", "skip"]),
  overlap: z.enum(["first", "second", "both"]),
});

/** A rule as it is stored. What only code can say, `parseRule` cannot make again: then the registry has the rule. */
export const ruleTextSchema = z.object({
  text: z.string(),
  zone: z.string().optional(),
  dst: dstSchema.optional(),
  /** Further rules, in the same zone: due when any is. */
  or: z.array(z.string()).optional(),
  /** Dates of the zone on which it is not due. */
  except: z.array(z.string()).optional(),
  start: instant.optional(),
  end: instant.optional(),
});

export type RuleText = z.infer<typeof ruleTextSchema>;

/** What of a schedule's row says by which rule it is due. */
interface StoredRule {
  readonly name: string;
  /** `code`: the rule is in jobs/schedules.ts, and the text only names it. */
  readonly source: "code" | "runtime";
  readonly rule: RuleText;
}

/**
 * The rule of a stored schedule: what the code says, or what its text says.
 * Undefined when this code says something else, being older or newer than what is deployed.
 */
export const ruleOf = (row: StoredRule, registry: Registry): Rule | undefined => {
  if (row.source === "code") {
    const rule = registry.schedules.get(row.name)?.rule;
    return rule && ruleSignature(rule) === row.rule.text ? rule : undefined;
  }
  try {
    return parseRuleText(row.rule);
  } catch {
    return undefined;
  }
};

const ruleLinePattern =
  /^(.*?)(?: \(([^()]+)\))?(?: \[gap: (run-after-gap|skip), overlap: (first|second|both)\])?$/;

/** The rule that a row was planned by, even if the code says something else by now: then as far as its line can say it. */
export const formerRuleOf = (row: StoredRule, registry: Registry): Rule | undefined => {
  const rule = ruleOf(row, registry);
  if (rule || row.source !== "code") return rule;
  const [, text = "", zone, gap, overlap] = ruleLinePattern.exec(row.rule.text) ?? [];
  const { data: dst } = dstSchema.safeParse({ gap, overlap });
  try {
    return parseRule(text, zone, { allowNever: true, ...(dst && { dst }) });
  } catch {
    return undefined;
  }
};

/** @throws DefinitionError when the text is no rule. */
export const parseRuleText = (wanted: RuleText): Rule => {
  const { text, zone, dst, or = [], except: dates = [], start, end } = wanted;
  const rules = [text, ...or].map((one) => parseRule(one, zone, { allowNever: true, ...(dst && { dst }) }));
  const [first] = rules;
  const united = first && rules.length === 1 ? first : anyOf(...rules);
  const rule = dates.length === 0 ? united : except(united, withoutUndefined({ dates, zone }));
  return start === undefined && end === undefined ? rule : bounded(rule, start, end);
};

const bounded = (rule: Rule, start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY): Rule => ({
  ...rule,
  next: (after) => {
    const due = rule.next(new Date(Math.max(after.getTime(), start - 1)));
    return due && due.getTime() < end ? due : undefined;
  },
});
