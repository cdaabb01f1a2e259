import type { LedgerEntry, ScheduleRow } from "../../core/occurrence.ts";
import { dueKey, dueShards, shardOf } from "../../core/shard.ts";
import { addCounts, noCounts } from "../../pipeline/tally.ts";
import type { Metrics, Payloads, Schedules } from "../../ports.ts";

/** Schedules, ledgers and marks in memory. */
export const createSchedules = (): Schedules => {
  const rows = new Map<string, ScheduleRow>();
  const entries = new Map<string, LedgerEntry>();
  const marks = new Map<string, number>();
  const jobNames = new Set<string>();
  return {
    due: async ({ shard, until, limit, after }) => {
      const key = dueKey("schedule", shard);
      const due = [...rows.values()].filter(
        (row) => dueKeyOf(row) === key && (row.nextAt ?? Infinity) <= until,
      );
      const names = due.sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0)).map(({ name }) => name);
      const start = after === undefined ? 0 : Number(after);
      const ids = names.slice(start, start + limit);
      return start + limit < names.length ? { ids, next: String(start + limit) } : { ids };
    },
    read: async (names) => new Map(names.flatMap((name) => entryOf(name, rows.get(name)))),
    all: async () => [...rows.values()],
    create: async (created) =>
      created.map((row) => {
        if (rows.has(row.name)) return false;
        rows.set(row.name, structuredClone(row));
        return true;
      }),
    change: async (changes) =>
      changes.map(({ row, when }) => {
        const stored = rows.get(row.name);
        if (!stored || stored.version !== when.version || stored.nextAt !== when.nextAt) return false;
        rows.set(row.name, structuredClone(row));
        return true;
      }),
    record: async (written) => {
      for (const entry of written) entries.set(`${entry.schedule}@${entry.at}`, structuredClone(entry));
    },
    ledger: async (name, limit) =>
      [...entries.values()]
        .filter(({ schedule }) => schedule === name)
        .sort((a, b) => b.at - a.at)
        .slice(0, limit),
    mark: async (name, to) => {
      marks.set(name, Math.max(to, marks.get(name) ?? to));
      return marks.get(name) ?? to;
    },
    marks: async () => new Map(marks),
    jobNames: async () => [...jobNames],
    addJobNames: async (names) => {
      for (const name of names) jobNames.add(name);
    },
  };
};

const dueKeyOf = ({ state, nextAt, name }: ScheduleRow): string | undefined =>
  state === "active" && nextAt !== undefined ? dueKey("schedule", shardOf(name, dueShards)) : undefined;

const entryOf = (name: string, row: ScheduleRow | undefined): [string, ScheduleRow][] =>
  row ? [[name, row]] : [];

export const createPayloads = (): Payloads => {
  const texts = new Map<string, string>();
  return {
    save: async (runId, part, text) => void texts.set(`${runId}/${part}`, text),
    load: async (runId, part) => texts.get(`${runId}/${part}`),
  };
};

export const createMetrics = (environment = "memory"): Metrics => {
  const snapshots = new Map<string, Parameters<Metrics["save"]>>();
  return {
    save: async (minute, lane, counts) =>
      void snapshots.set(`${minute}/${lane}/${environment}`, [minute, lane, counts]),
    read: async (wanted) => {
      const lanes = new Map<Parameters<Metrics["save"]>[1], Parameters<Metrics["save"]>[2]>();
      for (const [minute, lane, counts] of snapshots.values()) {
        if (minute === wanted) lanes.set(lane, addCounts(lanes.get(lane) ?? noCounts, counts));
      }
      return lanes;
    },
  };
};
