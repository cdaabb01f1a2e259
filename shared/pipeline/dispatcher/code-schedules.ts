import { DefinitionError } from "../../core/errors.ts";
import type { Registry } from "../../core/jobs/registry.ts";
import { jsonHash } from "../../core/json.ts";
import { type Rule, ruleLine } from "../../core/rules/rule.ts";
import type { RuleText } from "../../core/rules/stored-rule.ts";
import { checkInput } from "../../core/runs/input.ts";
import { formerJobsAfter } from "../../core/schedules/former-job.ts";
import { buried } from "../../core/schedules/pause.ts";
import { firstAt, isDueAt } from "../../core/schedules/plan.ts";
import { isSamePolicy } from "../../core/schedules/policy.ts";
import type { Schedule } from "../../core/schedules/schedule.ts";
import { replace, type ScheduleChange, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { withUnrecorded } from "../../core/schedules/unrecorded.ts";
import type { Ports } from "../../ports/index.ts";
import { lastFired, nextAfter } from "../schedules/next-after-change.ts";
import { farewell } from "../schedules/skip-undispatched.ts";
import { lookAheadMs } from "./context.ts";

/** A schedule of the code as it is stored at its first deploy. */
export const toRow = async (
  { name, rule, job, input, policy }: Schedule,
  now: number,
): Promise<ScheduleRow> => {
  const text = await checkInput(job, input);
  const nextAt = firstAt(rule, now);
  return {
    name,
    version: 1,
    source: "code",
    state: "active",
    job: job.name,
    lane: job.lane,
    policy,
    rule: ruleTextOf(rule),
    inputHash: jsonHash(text),
    ...(text !== undefined && { input: text }),
    ...(nextAt !== undefined && { nextAt }),
  };
};

/** What an operator sees of a rule that the code holds. Its line names whatever makes it another rule. */
const ruleTextOf = (rule: Rule): RuleText => ({
  text: ruleLine(rule),
  ...(rule.zone !== undefined && { zone: rule.zone }),
});

/** A deploy keeps what was planned, and starts from now when the rule is another. A name that is free is taken over. */
export const redefinedBy = async (
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
  const nextAt = nextAfter(stored, wanted, isSameRule);
  const lastAt = await lastFired(
    ports.ledger,
    { ...stored, policy: wanted.policy },
    { now, nextAt, isSameRule },
  );
  const { nextAt: _fresh, ...rest } = wanted;
  const row = {
    ...rest,
    ...pauseOf(stored),
    ...formerJobsAfter(stored, wanted.job, { now, isSameRule }),
    version: stored.version + 1,
    ...(nextAt !== undefined && { nextAt }),
    ...(lastAt !== undefined && { lastAt }),
  };
  const entries = isSameRule ? [] : await farewell({ ports, registry }, stored, "deployed with another rule");
  return [replace(stored, withUnrecorded(stored, row, { entries, isRuleChanged: !isSameRule }))];
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
  const tombstone = { ...buried(row), ...(pausedUntil !== undefined && { pausedUntil }) };
  const entries = await farewell({ ports, registry }, row, "deleted");
  return replace(row, withUnrecorded(row, tombstone, { entries, isRuleChanged: false }));
};

/** An operator's pause stays, as long as the name is the code's. */
const pauseOf = ({ source, pausedFor, pausedUntil }: ScheduleRow) =>
  source !== "code" || pausedFor === undefined
    ? {}
    : { state: "paused" as const, pausedFor, ...(pausedUntil !== undefined && { pausedUntil }) };

/**
 * Whether a row was planned by the rule as it is now. A calendar does not show in its text: what was planned must still
 * be due, and nothing may be due before it that no tick can have looked at.
 */
const isOnRule = ({ name, nextAt }: ScheduleRow, registry: Registry, now: number): boolean => {
  const rule = registry.schedules.get(name)?.rule;
  if (!rule || nextAt === undefined || rule.drifts) return true;
  const overlooked = firstAt(rule, now + lookAheadMs + 1);
  return isDueAt(rule, nextAt) && (overlooked === undefined || overlooked >= nextAt);
};

export const isSame = (wanted: ScheduleRow, stored: ScheduleRow, registry: Registry, now: number): boolean =>
  stored.state !== "deleted" &&
  stored.source === "code" &&
  stored.rule.text === wanted.rule.text &&
  (stored.nextAt !== undefined || wanted.nextAt === undefined) &&
  isOnRule(stored, registry, now) &&
  stored.job === wanted.job &&
  stored.lane === wanted.lane &&
  stored.inputHash === wanted.inputHash &&
  isSamePolicy(stored.policy, wanted.policy);
