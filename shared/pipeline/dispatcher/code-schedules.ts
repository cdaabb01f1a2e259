import { DefinitionError } from "../../core/errors.ts";
import type { Registry } from "../../core/jobs/registry.ts";
import { type Rule, ruleSignature } from "../../core/rules/rule.ts";
import type { RuleText } from "../../core/rules/stored-rule.ts";
import { checkInput } from "../../core/runs/input.ts";
import { tombstone } from "../../core/schedules/pause.ts";
import { firstAt, isDueAt } from "../../core/schedules/plan.ts";
import { isSamePolicy } from "../../core/schedules/policy.ts";
import type { Schedule } from "../../core/schedules/schedule.ts";
import { replaceRow, type ScheduleChange, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { withUnrecorded } from "../../core/schedules/unrecorded.ts";
import { firstRow } from "../../core/schedules/update.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { Ports } from "../../ports/index.ts";
import { skipUndispatched } from "../schedules/skip-undispatched.ts";
import { updateSchedule } from "../schedules/update-schedule.ts";
import { lookAheadMs } from "./context.ts";

/** A schedule of the code as it is stored at its first deploy. */
export const toRow = async (
  { name, rule, job, input, policy }: Schedule,
  now: number,
): Promise<ScheduleRow> => {
  const text = await checkInput(job, input);
  const first = { name, source: "code" as const, job, ruleText: ruleTextOf(rule), rule, policy, input: text };
  return firstRow(first, now);
};

/** What operators see of a rule that is in the code. Its text names all that makes it another rule. */
const ruleTextOf = (rule: Rule): RuleText =>
  withoutUndefined({
    text: ruleSignature(rule),
    zone: rule.zone,
  });

/** A deploy keeps what was planned, and starts from now when the rule is another. The name of a deleted schedule is reused. */
export const updateFromCode = async (
  ports: Pick<Ports, "clock" | "ledger" | "runs">,
  wanted: ScheduleRow,
  stored: ScheduleRow | undefined,
  registry: Registry,
): Promise<readonly ScheduleChange[]> => {
  const now = ports.clock.now();
  if (!stored || isSame(wanted, stored, registry, now)) return [];
  if (stored.source !== "code" && stored.state !== "deleted") throw taken(wanted.name);
  const change = "deployed with another rule";
  const isOnRule = isPlannedByRule(stored, registry, now);
  const update = await updateSchedule({ ports, registry }, stored, { wanted, change, isOnRule });
  return [replaceRow(stored, withUnrecorded(stored, update.row, update))];
};

const taken = (name: string): DefinitionError =>
  new DefinitionError(`schedule "${name}"`, {
    expected: "a name that no schedule created at run time has",
    got: "the name of one",
    remedy: "give it another name, or delete that one first",
  });

export const isGone = ({ name, source, state }: ScheduleRow, registry: Registry): boolean =>
  source === "code" && state !== "deleted" && !registry.schedules.has(name);

export const removal = async (
  ports: Pick<Ports, "clock" | "runs">,
  row: ScheduleRow,
  registry: Registry,
): Promise<ScheduleChange> => {
  const { pausedUntil } = row;
  // A pause outlives the code it is about: what a rollback takes away comes back with the next deploy.
  const deleted = withoutUndefined({ ...tombstone(row), pausedUntil });
  const entries = await skipUndispatched({ ports, registry }, row, "deleted");
  return replaceRow(row, withUnrecorded(row, deleted, { entries, isRuleChanged: false }));
};

/**
 * Whether a row was planned by the rule as it is now. A calendar is not in its text: what was planned must still
 * be due, and nothing may be due before it that no tick can have checked.
 */
const isPlannedByRule = ({ name, nextFireAt }: ScheduleRow, registry: Registry, now: number): boolean => {
  const rule = registry.schedules.get(name)?.rule;
  if (!rule || nextFireAt === undefined || rule.isFixedDelay) return true;
  const overlooked = firstAt(rule, now + lookAheadMs + 1);
  return isDueAt(rule, nextFireAt) && (overlooked === undefined || overlooked >= nextFireAt);
};

export const isSame = (wanted: ScheduleRow, stored: ScheduleRow, registry: Registry, now: number): boolean =>
  stored.state !== "deleted" &&
  stored.source === "code" &&
  stored.rule.text === wanted.rule.text &&
  (stored.nextFireAt !== undefined || wanted.nextFireAt === undefined) &&
  isPlannedByRule(stored, registry, now) &&
  stored.job === wanted.job &&
  stored.lane === wanted.lane &&
  stored.inputHash === wanted.inputHash &&
  isSamePolicy(stored.policy, wanted.policy);
