import { z } from "zod";
import { NotFoundError } from "../../core/errors.ts";
import { nextInstant, type ScheduleRow } from "../../core/occurrence.ts";
import { type Rule, ruleLine } from "../../core/rule.ts";
import type { Schedule } from "../../core/schedule.ts";
import { defineOperation, type OperationContext } from "./operation.ts";
import { iso } from "./run-view.ts";

export interface ListedSchedule {
  readonly name: string;
  readonly job: string;
  readonly rule: string;
  /** On whose clocks the rule is read, as far as this code knows. */
  readonly zone?: string;
  /** `new`: stands in the code, and no dispatcher has seen it yet. */
  readonly state: "active" | "paused" | "new";
  readonly source: ScheduleRow["source"];
  readonly catchUp: ScheduleRow["catchUp"];
  /** The next times it is due, none when it is paused. */
  readonly next: readonly string[];
}

export const listSchedules = defineOperation({
  name: "schedules.list",
  description: "List schedules with the next times they are due.",
  changes: false,
  input: z.object({ count: z.int().min(1).max(50).default(2) }),
  async run({ count }, context): Promise<{ readonly schedules: readonly ListedSchedule[] }> {
    const rows = await context.ports.schedules.all();
    const stored = new Set(rows.map(({ name }) => name));
    const fresh = [...context.registry.schedules.values()].filter(({ name }) => !stored.has(name));
    const schedules = [
      ...rows.flatMap((row) => storedSchedule(row, count, context)),
      ...fresh.map((schedule) => newSchedule(schedule, count, context)),
    ];
    return { schedules: schedules.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  },
});

const storedSchedule = (
  row: ScheduleRow,
  count: number,
  { ports, registry }: OperationContext,
): ListedSchedule[] => {
  const { name, job, rule, state, source, catchUp } = row;
  if (state === "deleted") return [];
  const here = registry.schedules.get(name)?.rule;
  const next = here && ruleLine(here) === rule ? nextTimes(here, ports.clock.now(), count) : onlyNext(row);
  return [{ name, job, rule, ...zoneOf(here), state, source, catchUp, next: state === "active" ? next : [] }];
};

/** All that is known of a rule which is not in this code: another version of it is deployed, or an operator made it. */
const onlyNext = ({ nextAt }: ScheduleRow): readonly string[] => (nextAt === undefined ? [] : [iso(nextAt)]);

const newSchedule = (
  { name, job, rule, catchUp }: Schedule,
  count: number,
  { ports }: OperationContext,
): ListedSchedule => ({
  ...{ name, job: job.name, rule: ruleLine(rule), ...zoneOf(rule), state: "new", source: "code", catchUp },
  next: nextTimes(rule, ports.clock.now(), count),
});

const zoneOf = (rule: Rule | undefined): { readonly zone?: string } =>
  rule?.zone === undefined ? {} : { zone: rule.zone };

const nextTimes = (rule: Rule, now: number, count: number): readonly string[] => {
  const times: string[] = [];
  for (
    let next = nextInstant(rule, now);
    next !== undefined && times.length < count;
    next = nextInstant(rule, next)
  ) {
    times.push(iso(next));
  }
  return times;
};

export interface HistoryEntry {
  readonly plannedAt: string;
  /** Instants that became runs. */
  readonly fired: readonly string[];
  readonly skipped?: {
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly reason: string;
  };
}

export const scheduleHistory = defineOperation({
  name: "schedules.history",
  description: "Show what became of a schedule's occurrences, newest first.",
  changes: false,
  input: z.object({ name: z.string(), limit: z.int().min(1).max(200).default(20) }),
  async run({ name, limit }, { ports, registry }): Promise<{ readonly entries: readonly HistoryEntry[] }> {
    const entries = await ports.schedules.ledger(name, limit);
    if (
      entries.length === 0 &&
      !registry.schedules.has(name) &&
      !(await ports.schedules.read([name])).has(name)
    ) {
      throw new NotFoundError(`there is no schedule "${name}": \`schedules list\` names them`);
    }
    return {
      entries: entries.map(({ plannedAt, fired, skipped }) => ({
        plannedAt: iso(plannedAt),
        fired: fired.map(iso),
        ...(skipped && { skipped: { ...skipped, from: iso(skipped.from), to: iso(skipped.to) } }),
      })),
    };
  },
});
