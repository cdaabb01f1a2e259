import { z } from "zod";
import { checkInput } from "../core/input.ts";
import { jsonHash } from "../core/json.ts";
import {
  firstAt,
  type RuleText,
  replace,
  type ScheduleChange,
  type ScheduleRow,
} from "../core/occurrence.ts";
import { isDueAt } from "../core/plan.ts";
import type { Registry } from "../core/registry.ts";
import { type Rule, ruleLine } from "../core/rule.ts";
import type { Schedule } from "../core/schedule.ts";
import { isSamePolicy } from "../core/schedule-policy.ts";
import type { Ports, Schedules } from "../ports.ts";
import { ruleMark } from "./schedules/operator-entries.ts";

export interface Reconciled {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Make the stored schedules what the code says, once per deploy: a dispatcher does it at its cold start. Schedules
 * that an operator made are not touched, and a pause stays a pause. Doing it twice, or two at a time, changes nothing
 * more.
 * @throws InvalidInputError when a schedule's input is not what its job takes.
 */
export const reconcile = async (
  { clock, schedules }: Pick<Ports, "clock" | "schedules">,
  registry: Registry,
): Promise<Reconciled> => {
  const now = clock.now();
  const wanted = await Promise.all([...registry.schedules.values()].map((schedule) => toRow(schedule, now)));
  const stored = await schedules.read(await namesOfCode(schedules, registry));
  const missing = wanted.filter(({ name }) => !stored.has(name));
  const changed = wanted.flatMap((row) => updated(row, stored.get(row.name), registry));
  const removed = [...stored.values()].flatMap((row) =>
    registry.schedules.has(row.name) ? [] : tombstone(row),
  );
  const written = [
    ...(await schedules.create(missing)),
    ...(await schedules.change([...changed, ...removed])),
  ];
  if (written.includes(false) && !(await isReconciled({ schedules, wanted, removed, registry })))
    throw new Error("schedules changed while they were reconciled: the next tick does it again");
  const ruled = [
    ...missing,
    ...changed.filter((change) => isAnotherRule(change, stored)).map(({ row }) => row),
  ];
  await schedules.record(ruled.map(({ name }) => ruleMark(name, now)));
  await schedules.addJobNames([...registry.jobs.keys()]);
  return {
    created: missing.map(({ name }) => name),
    changed: changed.map(({ row }) => row.name),
    removed: removed.map(({ row }) => row.name),
  };
};

interface Wish {
  readonly schedules: Schedules;
  readonly registry: Registry;
  readonly wanted: readonly ScheduleRow[];
  readonly removed: readonly ScheduleChange[];
}

/** What was refused was perhaps written all the same: by us, the reply being lost, or by a twin. What stands there counts. */
const isReconciled = async ({ schedules, registry, wanted, removed }: Wish): Promise<boolean> => {
  const gone = removed.map(({ row }) => row.name);
  const stored = await schedules.read([...wanted.map(({ name }) => name), ...gone]);
  const isWritten = (row: ScheduleRow): boolean => {
    const now = stored.get(row.name);
    return now !== undefined && isSame(row, now, registry);
  };
  return wanted.every(isWritten) && gone.every((name) => stored.get(name)?.state === "deleted");
};

/** What the names are filed under: no schedule is called so. */
const code = "jobs/schedules.ts";

/**
 * The names that the code has or had: what it no longer has must be taken away, and a million schedules made at run
 * time must not be read for it. A name is filed before its row is written.
 */
const namesOfCode = async (schedules: Schedules, registry: Registry): Promise<readonly string[]> => {
  const note = await schedules.note(code, "names");
  const known: readonly string[] = note === undefined ? [] : z.array(z.string()).parse(JSON.parse(note));
  const all = [...new Set([...known, ...registry.schedules.keys()])];
  if (all.length > known.length && !(await schedules.swapNote(code, "names", note, JSON.stringify(all)))) {
    throw new Error("another dispatcher reconciles: the next tick does it again");
  }
  return all;
};

const toRow = async ({ name, rule, job, input, policy }: Schedule, now: number): Promise<ScheduleRow> => {
  const text = await checkInput(job, input);
  const nextAt = firstAt(rule, now);
  return {
    ...{ name, version: 1, source: "code", state: "active", job: job.name, lane: job.lane, policy },
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

/** An edit keeps what was planned, and starts from now when the rule is another. A name that was free is taken over. */
const updated = (
  wanted: ScheduleRow,
  stored: ScheduleRow | undefined,
  registry: Registry,
): ScheduleChange[] => {
  if (!stored || isSame(wanted, stored, registry)) return [];
  const isNew = stored.state === "deleted" || stored.source !== "code";
  const isSameRule = !isNew && stored.rule.text === wanted.rule.text && isOnRule(stored, registry);
  const { nextAt: fresh, ...rest } = wanted;
  const nextAt = isSameRule ? (stored.nextAt ?? fresh) : fresh;
  const kept = isNew ? {} : pauseOf(stored);
  const last = stored.lastAt === undefined ? {} : { lastAt: stored.lastAt };
  const row = {
    ...rest,
    ...kept,
    ...last,
    version: stored.version + 1,
    ...(nextAt !== undefined && { nextAt }),
  };
  return [replace(stored, row)];
};

/** An audit looks no further back than its rule holds. */
const isAnotherRule = ({ row }: ScheduleChange, stored: ReadonlyMap<string, ScheduleRow>): boolean =>
  stored.get(row.name)?.rule.text !== row.rule.text;

const pauseOf = ({ state, pausedFor, pausedUntil }: ScheduleRow) => ({
  state,
  ...(pausedFor !== undefined && { pausedFor }),
  ...(pausedUntil !== undefined && { pausedUntil }),
});

/** A calendar, or a zone inside a combined rule, does not show in its text. */
const isOnRule = ({ name, nextAt }: ScheduleRow, registry: Registry): boolean => {
  const rule = registry.schedules.get(name)?.rule;
  return !rule || nextAt === undefined || isDueAt(rule, nextAt);
};

const isSame = (wanted: ScheduleRow, stored: ScheduleRow, registry: Registry): boolean =>
  stored.state !== "deleted" &&
  stored.source === "code" &&
  stored.rule.text === wanted.rule.text &&
  (stored.nextAt !== undefined || wanted.nextAt === undefined) &&
  isOnRule(stored, registry) &&
  stored.job === wanted.job &&
  stored.lane === wanted.lane &&
  stored.inputHash === wanted.inputHash &&
  isSamePolicy(stored.policy, wanted.policy);

const tombstone = (stored: ScheduleRow): ScheduleChange[] =>
  stored.source !== "code" || stored.state === "deleted" ? [] : [replace(stored, buried(stored))];

/** What is left of a schedule that was deleted: enough for the worker to let go what was sent. */
export const buried = ({ nextAt, pausedUntil, ...rest }: ScheduleRow): ScheduleRow => ({
  ...rest,
  state: "deleted",
  version: rest.version + 1,
});
