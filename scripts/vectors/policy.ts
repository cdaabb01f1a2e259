import type { CronRule } from "../../shared/core/rules/cron/cron-rule.ts";
import { awsDst, type DstPolicy, intervalDst, vixieDst } from "../../shared/core/rules/cron/dst.ts";
import type { Policies } from "./read.ts";

/**
 * Maps the vectors' policies to our DST policies. Each has its own definition of an interval. Where a policy is
 * ambiguous, either reading is accepted.
 */
const offered = new Map<string, (rule: CronRule) => readonly DstPolicy[]>([
  ["vixie", (rule) => [isInterval(rule) ? intervalDst : vixieDst]],
  ["aws-scheduler", (rule) => [isInterval(rule) ? intervalDst : awsDst]],
  ["wall-match", () => [intervalDst]],
  ["croner11", (rule) => [clockFields(rule).every(isSingle) ? vixieDst : intervalDst]],
  // Like vixie, which runs no time of an interval in a gap; but Cronos itself runs it once, at the gap's end.
  ["cronos", (rule) => (clockFields(rule).some(isRange) ? [catchingUp, intervalDst] : [vixieDst])],
]);

/** Policies that we do not have, but that equal one of these when no time falls into a gap. */
const similar = new Map<string, readonly DstPolicy[]>([["shift-forward", [vixieDst, awsDst]]]);

const catchingUp: DstPolicy = { gap: "run-after-gap", overlap: "both" };

/** By our own definition, which is Vixie's. */
const isInterval = (rule: CronRule): boolean => rule.dst.overlap === "both";

const isSingle = (field: string): boolean => /^\d+$/.test(field);
const isRange = (field: string): boolean => /[*/-]/.test(field);

/** Second (if the expression has one), minute and hour. */
const clockFields = ({ dialect, expression }: CronRule): readonly string[] =>
  expression.split(" ").slice(0, dialect === "sec6" || dialect === "sec7" ? 3 : 2);

export const isOffered = (policy: string): boolean => offered.has(policy);

export interface Choices {
  /** Any of them may produce the expected times. */
  readonly rules: readonly CronRule[];
  /** Why a difference may be due to a policy that we do not have. */
  readonly doubt?: string;
}

/** @throws Error when we have no similar policy */
export const choicesOf = (policy: string | undefined, rule: CronRule, policies: Policies): Choices => {
  if (policy === undefined) return { rules: [rule] };
  const exact = offered.get(policy)?.(rule);
  if (exact) return { rules: exact.map((dst) => rule.withDst(dst)) };
  const near = similar.get(policy);
  if (!near) throw new Error(unsupportedMessage(policy, policies));
  const doubt = `no dst policy of ours does this, which is ${described(policy, policies)}`;
  return { rules: near.map((dst) => rule.withDst(dst)), doubt };
};

const unsupportedMessage = (policy: string, policies: Policies): string =>
  `policy: expected one that a dst policy of ours can express (${[...offered.keys()].join(", ")}), got "${policy}", which is ${described(policy, policies)}`;

const described = (policy: string, policies: Policies): string =>
  Object.hasOwn(policies, policy)
    ? `${JSON.stringify(policies[policy])} in the file's meta`
    : "not in the file's meta";
