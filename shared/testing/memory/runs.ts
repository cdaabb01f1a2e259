import { admits } from "../../core/admission.ts";
import type { Change } from "../../core/change.ts";
import { type Run, runSchema } from "../../core/run.ts";
import { dueKey } from "../../core/shard.ts";
import type { Changed, Claimed, Clock, Created, Page, Runs } from "../../ports.ts";

type Row = Record<string, unknown>;

/** The runs table in memory: one map, and every write as conditional as in the real one. */
export const createRuns = (clock: Clock): Runs & { readonly all: () => readonly Run[] } => {
  const rows = new Map<string, Row>();

  const read = (id: string): Run | undefined => {
    const row = rows.get(id);
    const run = row && runSchema.parse(row);
    return run && "ttl" in run && run.ttl * 1_000 <= clock.now() ? undefined : run;
  };
  const where = (field: string, value: string) =>
    [...rows].flatMap(([id, row]) => (row[field] === value ? (read(id) ?? []) : []));
  const all = () => [...rows.keys()].flatMap((id) => read(id) ?? []);

  const create = (run: Run): Created => {
    const existing = read(run.id);
    if (existing) return { created: false, existing };
    rows.set(run.id, plain(run));
    return { created: true };
  };

  const claim = (wish: Parameters<Runs["claim"]>[0][number]): Claimed => {
    const run = read(wish.id);
    if (!run || !admits(run, wish)) return { refused: run };
    const { deadKey, ttl, ...kept } = plain(run);
    const { token, now: startedAt, leaseUntil: free } = wish;
    rows.set(wish.id, {
      ...kept,
      state: "running",
      attempt: run.attempt + 1,
      resends: 0,
      token,
      startedAt,
      free,
    });
    const claimed = read(wish.id);
    return claimed?.state === "running" ? { run: claimed } : { refused: claimed };
  };

  const change = ({ id, when, set, drop }: Change): Changed => {
    const row = rows.get(id);
    if (!row || !Object.entries(when).every(([field, value]) => row[field] === value)) {
      return { changed: false, now: read(id) };
    }
    const next = plain({ ...row, ...set });
    if (drop) delete next[drop];
    rows.set(id, next);
    return { changed: true };
  };

  return {
    all,
    create: async (runs) => once(runs).map(create),
    claim: async (claims) => once(claims).map(claim),
    change: async (changes) => once(changes).map(change),
    read: async (ids) => new Map(ids.flatMap((id) => asEntry(id, read(id)))),
    list: async ({ job, shard, from, until, newestFirst, limit, after }) => {
      const found = where("listKey", `${job}#${shard}`).filter(({ createdAt }) => createdAt >= from && createdAt < until);
      const sorted = found.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
      return page(newestFirst ? sorted.reverse() : sorted, limit, after);
    },
    due: async (list, { shard, until, limit, after }) => {
      const key = dueKey(list, shard);
      const found = all().filter(
        (run) => run.dueKey === key && (run.dueAt ?? Number.POSITIVE_INFINITY) <= until,
      );
      return page(
        found.sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0)),
        limit,
        after,
      );
    },
  };
};

/** As a store would give it back: no undefined, no shared references. */
const plain = (value: object): Row => JSON.parse(JSON.stringify(value));

const asEntry = (id: string, run: Run | undefined): [string, Run][] => (run ? [[id, run]] : []);

/** DynamoDB refuses a whole batch that names an item twice. */
export const once = <Item extends { readonly id: string }>(items: readonly Item[]): readonly Item[] => {
  if (new Set(items.map(({ id }) => id)).size < items.length) throw new Error("a batch names an item twice");
  return items;
};

/** `after` is the last id of the page before. */
const page = (runs: readonly Run[], limit: number, after: string | undefined): Page => {
  const start = after === undefined ? 0 : Math.max(0, Number(after));
  const ids = runs.slice(start, start + limit).map(({ id }) => id);
  const end = start + limit;
  return end < runs.length ? { ids, next: String(end) } : { ids };
};
