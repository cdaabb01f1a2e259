import { nextCheckAt, type ScheduleRow } from "../../core/schedules/schedule-row.ts";
import { dueShards, shardOf } from "../../core/shard.ts";
import type { Schedules } from "../../ports/index.ts";
import { pageOf } from "./page.ts";

/** The rows of schedules in memory. */
export const createSchedules = (): Schedules => {
  const rows = new Map<string, ScheduleRow>();
  return {
    due: async (lane, { shard, until, ...page }) => {
      const isHere = (row: ScheduleRow) => row.lane === lane && shardOf(row.name, dueShards) === shard;
      const found = [...rows.values()]
        .filter(isHere)
        .map((row) => ({ id: row.name, at: nextCheckAt(row) ?? Infinity }));
      return pageOf(
        found.filter(({ at }) => at <= until),
        page,
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
        if (!stored || stored.version !== when.version || stored.nextFireAt !== when.nextFireAt) return false;
        rows.set(row.name, structuredClone(row));
        return true;
      }),
  };
};

const entryOf = (name: string, row: ScheduleRow | undefined): [string, ScheduleRow][] =>
  row ? [[name, row]] : [];
