import type { Registry } from "../../core/jobs/registry.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import type { ChangeEntries } from "../../core/schedules/unrecorded.ts";
import { hasSameRule, ledgerLimit, updateRow } from "../../core/schedules/update.ts";
import type { Ledger, Ports } from "../../ports/index.ts";
import { skipUndispatched } from "./skip-undispatched.ts";

/** The row that a schedule gets, and what its ledger is given because of that. */
export interface UpdatedSchedule extends ChangeEntries {
  readonly row: ScheduleRow;
}

export interface ScheduleUpdate {
  /** The first row of what the schedule is to be. */
  readonly wanted: ScheduleRow;
  /** What is done to it, as the ledger says why occurrences were skipped: `edited`. */
  readonly change: string;
  /** False: its rule is due at other instants by now although its text is the same. */
  readonly isOnRule?: boolean;
}

interface UpdateContext {
  readonly ports: Pick<Ports, "clock" | "ledger" | "runs">;
  readonly registry: Registry;
}

/**
 * Update a stored schedule, for a create that reuses a name, an edit and a deploy alike: nothing is written here. What
 * the rule before the update had due and no dispatcher has planned is skipped.
 */
export const updateSchedule = async (
  { ports, registry }: UpdateContext,
  before: ScheduleRow,
  { wanted, change, isOnRule = true }: ScheduleUpdate,
): Promise<UpdatedSchedule> => {
  const facts = { now: ports.clock.now(), isSameRule: isOnRule && hasSameRule(before, wanted) };
  const limit = ledgerLimit(before, wanted, facts);
  const fired = limit === undefined ? [] : await lastFired(ports.ledger, before.name, limit);
  const row = updateRow(before, wanted, { ...facts, fired });
  if (facts.isSameRule) return { row, entries: [], isRuleChanged: false };
  const entries = await skipUndispatched({ ports, registry }, before, change);
  return { row, entries, isRuleChanged: true };
};

const maxEntries = 20;

/** Instants of the last entries before a limit. */
const lastFired = async (
  ledger: Pick<Ledger, "list">,
  name: string,
  until: number,
): Promise<readonly number[]> =>
  (await ledger.list(name, { until, limit: maxEntries })).flatMap(({ fired }) => fired);
