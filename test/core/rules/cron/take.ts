import type { Rule } from "../../../../shared/core/rules/rule.ts";

/** The next few instants of a rule, as texts. */
export const take = (rule: Rule, { after, count }: { after: string; count: number }): readonly string[] => {
  const due: string[] = [];
  let next = rule.next(new Date(after));
  while (next && due.length < count) {
    due.push(next.toISOString().replace(".000Z", "Z"));
    next = rule.next(next);
  }
  return due;
};

/** The message of the DefinitionError, or other error, that a function throws. */
export const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  return "nothing was thrown";
};
