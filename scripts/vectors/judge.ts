import { DefinitionError } from "../../shared/core/errors.ts";
import { cron } from "../../shared/core/rules/cron/cron.ts";
import type { CronRule } from "../../shared/core/rules/cron/cron-rule.ts";
import { choicesOf, isOffered } from "./policy.ts";
import type { Policies } from "./read.ts";
import { differenceOf } from "./times.ts";
import { labelOf, parseVector, type Vector } from "./vector.ts";

export interface Verdict {
  readonly id: string;
  readonly isMust: boolean;
  /** The expression and its zone. */
  readonly about: string;
  /** What is wrong with our result or with the vector, if anything. */
  readonly problem?: string | undefined;
}

interface VectorContext {
  readonly at: number;
  readonly policies: Policies;
}

/** Never throws: any error of a vector is that vector's failure. */
export const judge = (written: unknown, { at, policies }: VectorContext): Verdict => {
  const { id = `#${at + 1}`, level, expr = "", tz = "UTC" } = labelOf(written);
  const about = `${JSON.stringify(expr)} ${typeof tz === "string" ? tz : JSON.stringify(tz)}`;
  return { id, isMust: level === "must", about, problem: caught(() => problemOf(written, policies)) };
};

const caught = (find: () => string | undefined): string | undefined => {
  try {
    return find();
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  }
};

const problemOf = (written: unknown, policies: Policies): string | undefined => {
  const vector = parseVector(written);
  const rule = ruleOf(vector);
  if (vector.expectError || vector.valid === false) {
    return rule instanceof DefinitionError ? undefined : `expected an error, got the rule "${rule.text}"`;
  }
  if (rule instanceof DefinitionError) return `refused: ${rule.message}`;
  const problems = expectationsOf(vector).flatMap((expectation) => wrongTimes(rule, expectation, policies));
  return problems.length === 0 ? undefined : [...new Set(problems)].join("; ");
};

/** Some vectors contain expressions that never fire, and expect an empty list. */
const ruleOf = ({ expr, dialect, tz }: Vector): CronRule | DefinitionError => {
  try {
    const rule = cron(expr, tz, { allowNever: true });
    const wanted = dialect === "ext5" ? "unix5" : dialect;
    if (rule.dialect === wanted) return rule;
    return new DefinitionError("dialect", { expected: dialect, got: rule.dialect });
  } catch (error) {
    if (error instanceof DefinitionError) return error;
    throw new Error(`expected a DefinitionError at most, got ${String(error)}`, { cause: error });
  }
};

interface Expectation {
  readonly from: number;
  readonly policy: string | undefined;
  readonly times: readonly number[];
  readonly areAll: boolean;
}

/** @throws Error that says what is missing, when the vector has no expectation */
const expectationsOf = (vector: Vector): readonly Expectation[] => {
  const { from, policy, expected, expectedByPolicy, valid } = vector;
  const others = Object.entries(expectedByPolicy).filter(([name]) => isOffered(name));
  const wanted = [...(expected ? [[policy, expected] as const] : []), ...others];
  if (wanted.length === 0) {
    if (valid === true) return [];
    throw new Error(
      "expected: there is nothing to check; give expected, expectError, valid, or expectedByPolicy for a policy of ours",
    );
  }
  if (from === undefined) throw new Error("from: it is missing; give the instant that the times come after");
  return wanted.map(([policy, times]) => ({ from, policy, times, areAll: areAll(vector, times) }));
};

const areAll = ({ count = 1, exhausted }: Vector, times: readonly number[]): boolean =>
  exhausted || count > times.length;

const wrongTimes = (rule: CronRule, expectation: Expectation, policies: Policies): readonly string[] => {
  const { policy } = expectation;
  const { rules, doubt } = choicesOf(policy, rule, policies);
  const differences = rules.map((choice) => differenceOf(choice, expectation));
  const [first] = differences;
  if (first === undefined || differences.includes(undefined)) return [];
  return [[policy && `under ${policy}`, doubt, first].filter((part) => part !== undefined).join(": ")];
};
