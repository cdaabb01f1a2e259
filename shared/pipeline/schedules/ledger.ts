import { DefinitionError } from "../../core/errors.ts";
import { previous } from "../../core/rules/cron/previous.ts";
import { changesOf } from "../../core/rules/explain/clock-changes.ts";
import type { Rule } from "../../core/rules/rule.ts";
import { ruleOf } from "../../core/rules/stored-rule.ts";
import { isTerminal } from "../../core/runs/run.ts";
import {
  type Audit,
  type AuditedRange,
  auditLedger,
  type OccurrenceRecord,
  resolveOccurrences,
} from "../../core/schedules/audit.ts";
import { type LedgerEntry, ledgerRetentionMs } from "../../core/schedules/ledger-entry.ts";
import { occurrenceRunId } from "../../core/schedules/occurrence.ts";
import { firstAt, instants, skipAll } from "../../core/schedules/plan.ts";
import type { ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { isRuleChange, unrecordedEntries } from "../../core/schedules/unrecorded.ts";
import { dispatchedUntil } from "../../core/schedules/watermark.ts";
import type { Ledger } from "../../ports/index.ts";
import type { PipelineContext } from "../context.ts";
import { findIncludingDeleted, ruleFor } from "./change-row.ts";
import { skipEntry } from "./ledger-entries.ts";

const maxEntries = 10_000;
const maxInstants = 100_000;

/** The outcomes of a schedule's occurrences, newest first. */
export const historyOf = async (
  context: PipelineContext,
  name: string,
  limit: number,
): Promise<readonly OccurrenceRecord[]> => {
  const row = await findIncludingDeleted(context, name);
  const rule = ruleOf(row, context.registry);
  const now = context.ports.clock.now();
  const pending = [...unrecordedEntries(row, now), ...(rule ? pendingPauseEntries(row, rule, now) : [])];
  const resolve = (entries: readonly LedgerEntry[]): ResolvedHistory => {
    const changedAt = Math.max(
      ...[...entries, ...pending].filter(isRuleChange).map(({ at }) => at),
      Number.NEGATIVE_INFINITY,
    );
    // The present rule does not know the instants of a range that was recorded before the rule changed.
    const records = resolveOccurrences([...entries, ...pending], (from, to) =>
      lastIn(to < changedAt ? undefined : rule, from, to, limit),
    );
    return { records: records.slice(0, limit), changedAt };
  };
  const { records, changedAt } = resolve(await readEnough(context.ports.ledger, name, { limit, resolve }));
  if (!rule || row.state === "deleted") return records;
  return withGaps(records, rule, { from: changedAt, until: context.ports.clock.now() });
};

interface ResolvedHistory {
  readonly records: readonly OccurrenceRecord[];
  readonly changedAt: number;
}

/** Read entries enough for so many lines. An entry is stored at its first instant, and may record later ones too. */
const readEnough = async (
  ledger: Pick<Ledger, "list">,
  name: string,
  {
    limit,
    resolve,
  }: { readonly limit: number; readonly resolve: (entries: readonly LedgerEntry[]) => ResolvedHistory },
): Promise<readonly LedgerEntry[]> => {
  for (let most = limit; ; most *= 4) {
    const entries = await ledger.list(name, { limit: most });
    if (entries.length < most || most > maxEntries) return entries;
    const { records } = resolve(entries);
    const [newest, oldest] = [records[0]?.at, records[limit - 1]?.at];
    if (newest !== undefined && oldest !== undefined)
      return await reaching(ledger, name, { from: oldest, until: newest + 1 });
  }
};

/**
 * Add the local times that the clocks jumped over, if the rule skips such times. They have no instant, so no plan has them;
 * they are shown at the last second before the jump.
 */
const withGaps = (
  records: readonly OccurrenceRecord[],
  rule: Rule,
  { from, until }: AuditedRange,
): readonly OccurrenceRecord[] => {
  const oldest = records.at(-1)?.at;
  if (oldest === undefined) return records;
  const gaps = changesOf(rule, Math.max(from, oldest), until).filter(
    ({ gapEffect }) => gapEffect === "skipped",
  );
  const lines = gaps.map(({ at, effect }): OccurrenceRecord => {
    const instant = Date.parse(at) - 1_000;
    return { at: instant, outcome: "skipped", recordedAt: instant, reason: `clock change: ${effect}` };
  });
  return [...records, ...lines].sort((a, b) => b.at - a.at);
};

/** What a pause has skipped so far. It is recorded when the schedule resumes. */
const pendingPauseEntries = (row: ScheduleRow, rule: Rule, now: number): readonly LedgerEntry[] => {
  if (row.state !== "paused") return [];
  const { name, nextFireAt, pausedUntil = now, pauseReason = "" } = row;
  const { skipped } = skipAll(rule, nextFireAt, Math.min(now, pausedUntil), `paused: ${pauseReason}`);
  return skipped.map((skip) => skipEntry(name, skip, now));
};

/** The last instants of a range that was recorded as one. Its ends were due, whatever the rule is by now. */
const lastIn = (rule: Rule | undefined, from: number, to: number, most: number): readonly number[] => {
  const found = [to];
  let at = rule && previous(rule, new Date(to))?.getTime();
  while (rule && at !== undefined && at > from && found.length < most) {
    found.push(at);
    at = previous(rule, new Date(at))?.getTime();
  }
  return from === to ? [to] : [...found, from];
};

/**
 * Check the ledger against the rule over a range: every due instant must be recorded as fired or skipped. The range ends
 * where the dispatcher has planned to, since later entries are not missing yet, and begins where the ledger knows the rule.
 * @throws DefinitionError when the instants of the rule cannot be computed afterwards.
 */
export const auditSchedule = async (
  context: PipelineContext,
  name: string,
  { from, until }: AuditedRange,
): Promise<Audit & AuditedRange> => {
  const { ledger, watermarks, clock } = context.ports;
  const row = await findIncludingDeleted(context, name);
  const rule = ruleFor(context, row);
  if (rule.isFixedDelay) throw notRecomputable(name, rule);
  const dispatched = dispatchedUntil(await watermarks.read(), name);
  const reached = Math.max(from, Math.min(until, dispatched));
  const range = { from, until: Math.max(reached, clock.now() + 1) };
  const recorded = [...(await reaching(ledger, name, range)), ...unrecordedEntries(row, clock.now())];
  // A deleted schedule has no further occurrences: its ledger ends with what the deletion skipped.
  const end = row.state === "deleted" ? Math.max(from, Math.min(reached, endOf(recorded))) : reached;
  const entries = [...recorded, ...pendingPauseEntries(row, rule, end)];
  const kept = clock.now() - ledgerRetentionMs;
  const begin = Math.min(end, Math.max(from, kept, knownFrom(row, entries)));
  const due = instants(rule, firstAt(rule, begin), end - 1, maxInstants);
  const last = due[maxInstants - 1];
  const audited = { from: begin, until: last === undefined ? end : last + 1 };
  const audit = auditLedger(due, entries, audited);
  // An instant that is due at the moment of a change may have been fired by the rule before it.
  const changedAt = ruleChangedAt(entries);
  const outside = audit.unexpected.filter((at) => at !== changedAt);
  const unexpected = await withStartedRuns(context, entries, { name, instants: outside });
  return { ...audit, unexpected, ...audited };
};

/** Without instants whose run ended before an attempt: an operator cancelled it, and then the rule was changed. */
const withStartedRuns = async (
  { ports }: PipelineContext,
  entries: readonly LedgerEntry[],
  { name, instants: outside }: { readonly name: string; readonly instants: readonly number[] },
): Promise<readonly number[]> => {
  if (outside.length === 0) return outside;
  const jobs = [...new Set(entries.flatMap(({ job }) => job ?? []))];
  const idsAt = (at: number) => jobs.map((job) => occurrenceRunId(job, name, at));
  const runs = await ports.runs.read(outside.flatMap(idsAt));
  return outside.filter((at) => {
    const found = idsAt(at).flatMap((id) => runs.get(id) ?? []);
    return found.length === 0 || found.some((run) => run.claimCount > 0 || !isTerminal(run.state));
  });
};

/** Just after the last instant that some entries are about. */
const endOf = (entries: readonly LedgerEntry[]): number =>
  1 + Math.max(0, ...entries.flatMap(({ fired, skipped }) => [...fired, ...skipped.map(({ to }) => to)]));

const notRecomputable = (name: string, { text }: Rule): DefinitionError =>
  new DefinitionError(
    `schedule "${name}"`,
    {
      expected: "a rule whose times can be computed afterwards",
      got: `"${text}"`,
      remedy: "see its history instead",
    },
    "not-recomputable",
  );

const maxBefore = 1_000;

/**
 * Read the entries about a range. An entry is stored at its first instant: an outage or a pause that began before the
 * range may reach into it.
 */
export const reaching = async (
  ledger: Pick<Ledger, "list">,
  name: string,
  { from, until }: AuditedRange,
): Promise<readonly LedgerEntry[]> => {
  const entries = [...(await ledger.list(name, { until: from, limit: maxBefore }))];
  for (let before = until; ; ) {
    const page = await ledger.list(name, { from, until: before, limit: maxEntries });
    entries.push(...page);
    const oldest = page.at(-1)?.at;
    if (page.length < maxEntries || oldest === undefined || oldest + 1 >= before) return entries;
    before = oldest + 1;
  }
};

/** From when on the ledger must know: the last change of the rule, else the first entry. */
const knownFrom = ({ lastFiredAt, nextFireAt }: ScheduleRow, entries: readonly LedgerEntry[]): number => {
  const changedAt = ruleChangedAt(entries);
  if (changedAt !== undefined) return changedAt;
  const [first] = entries;
  if (!first) return lastFiredAt ?? nextFireAt ?? Number.POSITIVE_INFINITY;
  return entries.reduce((least, { at }) => Math.min(least, at), first.at);
};

const ruleChangedAt = (entries: readonly LedgerEntry[]): number | undefined => {
  const marks = entries.filter(isRuleChange).map(({ at }) => at);
  return marks.length > 0 ? Math.max(...marks) : undefined;
};
