import { type LedgerEntry, ledgerPlace } from "../../core/schedules/ledger-entry.ts";
import { lookAt, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { dueShards, shardOf } from "../../core/shard.ts";
import { addCounts, noCounts } from "../../pipeline/worker/metrics-counter.ts";
import type { AttemptEntry, Attempts, Clock, Metrics, Payloads, Schedules } from "../../ports.ts";
import { pageOf } from "./page.ts";

/** Schedules, ledgers and marks in memory. */
export const createSchedules = (): Schedules => {
  const rows = new Map<string, ScheduleRow>();
  const entries = new Map<string, LedgerEntry>();
  const marks = new Map<string, number>();
  const notes = new Map<string, string>();
  const jobNames = new Set<string>();
  return {
    due: async (lane, { shard, until, ...wish }) => {
      const isHere = (row: ScheduleRow) => row.lane === lane && shardOf(row.name, dueShards) === shard;
      const found = [...rows.values()]
        .filter(isHere)
        .map((row) => ({ id: row.name, at: lookAt(row) ?? Infinity }));
      return pageOf(
        found.filter(({ at }) => at <= until),
        wish,
      );
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
      for (const entry of written)
        entries.set(`${entry.schedule}#${ledgerPlace(entry)}`, structuredClone(entry));
    },
    ledger: async (name, { from = 0, until = Number.POSITIVE_INFINITY, limit }) =>
      [...entries]
        .filter(([, { schedule, at }]) => schedule === name && at >= from && at < until)
        .sort(([a], [b]) => (a < b ? 1 : -1))
        .slice(0, limit)
        .map(([, entry]) => entry),
    note: async (name, kind) => notes.get(`${name}/${kind}`),
    swapNote: async (name, kind, from, to) => {
      const stands = notes.get(`${name}/${kind}`);
      if (stands === from) notes.set(`${name}/${kind}`, to);
      return stands === from || stands === to;
    },
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

const entryOf = (name: string, row: ScheduleRow | undefined): [string, ScheduleRow][] =>
  row ? [[name, row]] : [];

export const createPayloads = (clock: Clock): Payloads => {
  const payloads = new Map<string, { readonly text: string; readonly ttl: number }>();
  return {
    save: async (runId, part, text, ttl) => void payloads.set(`${runId}/${part}`, { text, ttl }),
    load: async (runId, part) => {
      const payload = payloads.get(`${runId}/${part}`);
      return payload && payload.ttl * 1_000 > clock.now() ? payload.text : undefined;
    },
  };
};

export const createAttempts = (clock: Clock): Attempts => {
  const entries = new Map<string, AttemptEntry>();
  return {
    record: async (written) => {
      for (const entry of written)
        entries.set(`${entry.runId}/${entry.record.claim}`, structuredClone(entry));
    },
    list: async (runId) =>
      [...entries.values()]
        .filter((entry) => entry.runId === runId && entry.ttl * 1_000 > clock.now())
        .map(({ record }) => record)
        .sort((a, b) => a.claim - b.claim),
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
