import { DefinitionError } from "../../core/errors.ts";
import type { Registry } from "../../core/jobs/registry.ts";
import { jsonHash } from "../../core/json.ts";
import { type Rule, ruleSignature } from "../../core/rules/rule.ts";
import type { RuleText } from "../../core/rules/stored-rule.ts";
import { checkInput } from "../../core/runs/input.ts";
import { formerJobsAfter } from "../../core/schedules/former-job.ts";
import { tombstone } from "../../core/schedules/pause.ts";
import { firstAt, isDueAt } from "../../core/schedules/plan.ts";
import { isSamePolicy } from "../../core/schedules/policy.ts";
import type { Schedule } from "../../core/schedules/schedule.ts";
import { replaceRow, type ScheduleChange, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { withUnrecorded } from "../../core/schedules/unrecorded.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import type { Ports } from "../../ports/index.ts";
import { lastFired, nextAfter } from "../schedules/next-after-change.ts";
import { skipUndispatched } from "../schedules/skip-undispatched.ts";
import { lookAheadMs } from "./context.ts";

/** A schedule of the code as it is stored at its first deploy. */
export const toRow = async (
  { name, rule, job, input, policy }: Schedule,
  now: number,
): Promise<ScheduleRow> => {
  const text = await checkInput(job, input);
  const nextFireAt = firstAt(rule, now);
  return withoutUndefined({
    name,
    version: 1,
    source: "code",
    state: "active",
    job: job.name,
    lane: job.lane,
    policy,
    rule: ruleTextOf(rule),
    inputHash: jsonHash(text),
    input: text,
    nextFireAt,
  });
};

/** What an operator sees of a rule that the code holds. Its line names whatever makes it another rule. */
const ruleTextOf = (rule: Rule): RuleText =>
  withoutUndefined({
    text: ruleSignature(rule),
    zone: rule.zone,
  });

/** A deploy keeps what was planned, and starts from now when the rule is another. A name that is free is taken over. */
export const updateFromCode = async (
  ports: Pick<Ports, "clock" | "ledger" | "runs">,
  wanted: ScheduleRow,
  stored: ScheduleRow | undefined,
  registry: Registry,
): Promise<readonly ScheduleChange[]> => {
  const now = ports.clock.now();
  if (!stored || isSame(wanted, stored, registry, now)) return [];
  if (stored.source !== "code" && stored.state !== "deleted") throw taken(wanted.name);
  const isNew = stored.state === "deleted";
  const isSameRule = !isNew && stored.rule.text === wanted.rule.text && isOnRule(stored, registry, now);
  const nextFireAt = nextAfter(stored, wanted, isSameRule);
  const lastFiredAt = await lastFired(
    ports.ledger,
    { ...stored, policy: wanted.policy },
    { now, nextFireAt, isSameRule },
  );
  const { nextFireAt: _fresh, ...rest } = wanted;
  const row = withoutUndefined({
    ...rest,
    ...pauseOf(stored),
    ...formerJobsAfter(stored, wanted.job, { now, isSameRule }),
    version: stored.version + 1,
    nextFireAt,
    lastFiredAt,
  });
  const entries = isSameRule
    ? []
    : await skipUndispatched({ ports, registry }, stored, "deployed with another rule");
  return [replaceRow(stored, withUnrecorded(stored, row, { entries, isRuleChanged: !isSameRule }))];
};

const taken = (name: string): DefinitionError =>
  new DefinitionError(
    `schedule "${name}"`,
    "expected a name that no schedule made at run time has, got one; give it another name, or delete that one first",
  );

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

/** An operator's pause stays, as long as the name is the code's. */
const pauseOf = ({ source, pauseReason, pausedUntil }: ScheduleRow) =>
  source !== "code" || pauseReason === undefined
    ? {}
    : withoutUndefined({ state: "paused" as const, pauseReason, pausedUntil });

/**
 * Whether a row was planned by the rule as it is now. A calendar does not show in its text: what was planned must still
 * be due, and nothing may be due before it that no tick can have looked at.
 */
const isOnRule = ({ name, nextFireAt }: ScheduleRow, registry: Registry, now: number): boolean => {
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
  isOnRule(stored, registry, now) &&
  stored.job === wanted.job &&
  stored.lane === wanted.lane &&
  stored.inputHash === wanted.inputHash &&
  isSamePolicy(stored.policy, wanted.policy);
