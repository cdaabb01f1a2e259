import type { CronRule } from "../../shared/core/rules/cron/cron-rule.ts";
import { awsDst, type DstPolicy, intervalDst, vixieDst } from "../../shared/core/rules/cron/dst.ts";
import type { Policies } from "./read.ts";

/**
 * The policies of the vectors in our words. What is an interval is left to each of them, since each has its own idea.
 * Where one can be read in two ways, either will do.
 */
const offered = new Map<string, (rule: CronRule) => readonly DstPolicy[]>([
  ["vixie", (rule) => [isInterval(rule) ? intervalDst : vixieDst]],
  ["aws-scheduler", (rule) => [isInterval(rule) ? intervalDst : awsDst]],
  ["wall-match", () => [intervalDst]],
  ["croner11", (rule) => [clockFields(rule).every(isSingle) ? vixieDst : intervalDst]],
  // Like vixie, which runs nothing of an interval in a gap; but Cronos itself runs it once, at the gap's end.
  ["cronos", (rule) => (clockFields(rule).some(isRange) ? [catchingUp, intervalDst] : [vixieDst])],
]);

/** Not ours, and yet the same as one of these wherever no time falls into a gap. */
const similar = new Map<string, readonly DstPolicy[]>([["shift-forward", [vixieDst, awsDst]]]);

const catchingUp: DstPolicy = { gap: "run-after-gap", overlap: "both" };

/** By our own idea, which is Vixie's. */
const isInterval = (rule: CronRule): boolean => rule.dst.overlap === "both";

const isSingle = (field: string): boolean => /^\d+$/.test(field);
const isRange = (field: string): boolean => /[*/-]/.test(field);

/** Second, minute and hour, as far as the expression has them. */
const clockFields = ({ dialect, expression }: CronRule): readonly string[] =>
  expression.split(" ").slice(0, dialect === "sec6" || dialect === "sec7" ? 3 : 2);

export const isOffered = (policy: string): boolean => offered.has(policy);

export interface Choices {
  /** Any of them may give the expected times. */
  readonly rules: readonly CronRule[];
  /** Why none may do. */
  readonly doubt?: string;
}

/** @throws Error when we have nothing like it. */
export const choicesOf = (policy: string | undefined, rule: CronRule, policies: Policies): Choices => {
  if (policy === undefined) return { rules: [rule] };
  const exact = offered.get(policy)?.(rule);
  if (exact) return { rules: exact.map((dst) => rule.withDst(dst)) };
  const near = similar.get(policy);
  if (!near) throw new Error(unsupportedMessage(policy, policies));
  const doubt = `no dst choice of ours does this, which is ${described(policy, policies)}`;
  return { rules: near.map((dst) => rule.withDst(dst)), doubt };
};

const unsupportedMessage = (policy: string, policies: Policies): string =>
  `policy: expected one that a dst choice of ours can do (${[...offered.keys()].join(", ")}), got "${policy}", which is ${described(policy, policies)}`;

const described = (policy: string, policies: Policies): string =>
  Object.hasOwn(policies, policy)
    ? `${JSON.stringify(policies[policy])} in the file's meta`
    : "not in the file's meta";
