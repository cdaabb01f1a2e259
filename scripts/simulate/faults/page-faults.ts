import type { Page, Ports } from "../../../shared/ports/index.ts";
import { minute, type World } from "../world.ts";

/**
 * The ports of a process whose indexes lag behind their tables: an entry may be missing when it is
 * read for the first time, and one that has left may be there still.
 */
export const withPageFaults = (world: World, label: string, ports: Ports): Ports => {
  const { runs, schedules } = ports;
  const counts = new Map<string, number>();
  const keyOf = (called: string): string => {
    const number = (counts.get(called) ?? 0) + 1;
    counts.set(called, number);
    return `${label}: ${called} ${number}`;
  };
  const lagging = async (called: string, list: string, page: Page): Promise<Page> => {
    if (!world.isFaulty) return page;
    const key = keyOf(called);
    const { fresh, stale } = lagOf(world, list, page.ids);
    const rows = await runs.read(fresh);
    const isOld = (id: string) =>
      (rows.get(id)?.createdAt ?? world.startedAt) < world.memory.clock.now() - lagMs;
    const ids = page.ids.filter(
      (id) => !fresh.includes(id) || isOld(id) || !world.fault(`${key}: ${id} is missing`, 1),
    );
    return stale !== undefined && world.fault(`${key}: ${stale} is there still`, 0.3)
      ? { ...page, ids: [...ids, stale] }
      : { ...page, ids };
  };
  return {
    ...ports,
    runs: {
      ...runs,
      due: async (list, query) =>
        lagging(`runs.due ${list}`, `${list}#${query.shard}`, await runs.due(list, query)),
      list: async (query) => lagging("runs.list", `${query.job}#${query.shard}`, await runs.list(query)),
    },
    schedules: {
      ...schedules,
      due: async (lane, query) =>
        lagging("schedules.due", `${lane}#${query.shard}`, await schedules.due(lane, query)),
    },
  };
};

/** An index does not lag behind for longer. The sweeper relies on that when it checks a run for the second time. */
const lagMs = 3 * minute;

/** What a list had when it was read last, and all that it ever had. */
interface Sight {
  last: ReadonlySet<string>;
  readonly ever: Set<string>;
}

const sights = new WeakMap<World, Map<string, Sight>>();

/** What has come into a list since it was read last, and one that has left it. */
const lagOf = (world: World, list: string, ids: readonly string[]) => {
  const lists = sights.get(world) ?? new Map<string, Sight>();
  sights.set(world, lists);
  const sight = lists.get(list) ?? { last: new Set(), ever: new Set() };
  lists.set(list, sight);
  const fresh = ids.filter((id) => !sight.last.has(id));
  sight.last = new Set(ids);
  const stale = [...sight.ever].find((id) => !sight.last.has(id));
  for (const id of ids) sight.ever.add(id);
  return { fresh, stale };
};
