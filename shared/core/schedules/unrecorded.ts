import type { LedgerEntry } from "./ledger-entry.ts";
import type { ScheduleRow } from "./schedule-row.ts";

/**
 * What the ledger must be given because of a change is stored in the changed row itself, so that the change and its
 * entries are one write: a refused change leaves no entry, and an accepted one never lacks any. The writer records them
 * next; if it is killed, the next writer of the row does, and until then readers take them from the row.
 */
export interface ChangeEntries {
  readonly entries: readonly LedgerEntry[];
  readonly isRuleChanged: boolean;
}

/** A row after a change, with the entries of the change and those that an earlier one has left in the row. */
export const withUnrecorded = (
  before: Pick<ScheduleRow, "unrecorded"> | undefined,
  row: ScheduleRow,
  { entries, isRuleChanged }: ChangeEntries,
): ScheduleRow => {
  const left = before?.unrecorded;
  const { unrecorded: _old, ...rest } = row;
  const unrecorded = {
    entries: [...(left?.entries ?? []), ...entries],
    isRuleChanged: isRuleChanged || left?.isRuleChanged === true,
  };
  const isEmpty = unrecorded.entries.length === 0 && !unrecorded.isRuleChanged;
  return isEmpty ? rest : { ...rest, unrecorded };
};

/** A new row: its ledger must be given that its rule begins. */
export const withFirstRule = (row: ScheduleRow): ScheduleRow =>
  withUnrecorded(undefined, row, { entries: [], isRuleChanged: true });

/**
 * The entries that a row still holds. The rule's change is dated when it is recorded, after the row was written: what
 * the old rule fired up to then was due.
 */
export const unrecordedEntries = (
  { name, unrecorded }: Pick<ScheduleRow, "name" | "unrecorded">,
  now: number,
): readonly LedgerEntry[] =>
  unrecorded === undefined
    ? []
    : [...unrecorded.entries, ...(unrecorded.isRuleChanged ? [ruleChangedEntry(name, now)] : [])];

/** From here on the rule is another. It names no instant, and that is how it is known. */
const ruleChangedEntry = (schedule: string, at: number): LedgerEntry => ({
  schedule,
  at,
  recordedBy: "operator",
  recordedAt: at,
  fired: [],
  caughtUp: 0,
  skipped: [],
});

export const isRuleChange = ({ recordedBy, fired, skipped }: LedgerEntry): boolean =>
  recordedBy === "operator" && fired.length + skipped.length === 0;

export const recorded = ({ unrecorded: _recorded, ...row }: ScheduleRow): ScheduleRow => row;
