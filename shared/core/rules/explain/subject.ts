import { DefinitionError } from "../../errors.ts";
import type { DstChoice } from "../cron/dst.ts";
import type { Rule } from "../rule.ts";
import { type Explanation, explain, type Question } from "./explain.ts";
import type { Behaviour } from "./fires.ts";

/** What is to be explained: a rule, or a schedule with its policy. */
export interface Subject {
  readonly rule: Rule;
  readonly schedule?: (Behaviour & { readonly job: string }) | undefined;
}

export interface Explained extends Explanation {
  /** Of a schedule: its name and its job's. */
  readonly schedule?: string;
  readonly job?: string;
}

export interface SubjectQuestion extends Omit<Question, "schedule"> {
  /** A DST policy to try in place of its own. */
  readonly dst?: DstChoice | undefined;
}

/** Every rule has a blank, a bracket or an `@`; a schedule's name has none. */
export const isScheduleName = (text: string): boolean => /^[\w-]{1,64}$/.test(text);

/** @throws DefinitionError when it is not due any more, the zone is unknown, or its rule has no DST policy to try. */
export const explainSubject = (
  { rule, schedule }: Subject,
  { dst = {}, ...question }: SubjectQuestion,
): Explained => ({
  ...(schedule && { schedule: schedule.name, job: schedule.job }),
  ...explain(tried(rule, dst), { ...question, schedule }),
});

/** For a combined rule it is unclear which part is meant. */
const tried = (rule: Rule, choice: DstChoice): Rule => {
  if (Object.keys(choice).length === 0) return rule;
  if ("withDst" in rule && typeof rule.withDst === "function") return rule.withDst(choice);
  throw new DefinitionError("dst", {
    expected: "one cron expression",
    got: `"${rule.text}"`,
    remedy: "leave it out",
  });
};
