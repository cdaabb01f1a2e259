import { admits } from "../../core/runs/admission.ts";
import type { Change } from "../../core/runs/change.ts";
import { farFuture, type Run, runSchema } from "../../core/runs/run.ts";
import {
  deadKey,
  deadSortAfter,
  deadSortOf,
  parseDeadSort,
  timerKeyOf,
  timerListKey,
} from "../../core/shard.ts";
import type { Changed, Claimed, Clock, Created, Runs } from "../../ports/index.ts";
import { pageOf } from "./page.ts";

type Row = Record<string, unknown>;

/** Create the runs table in memory: one map, with the same conditions on writes as the real one. */
export const createRuns = (clock: Clock): Runs & { readonly all: () => readonly Run[] } => {
  const rows = new Map<string, Row>();
  /** Parsed rows. A row is never changed in place, so each is parsed once. */
  const parsed = new WeakMap<Row, Run>();

  const read = (id: string): Run | undefined => {
    const row = rows.get(id);
    // In any state: a store checks only this attribute.
    if (!row) return undefined;
    const { ttl } = row;
    if (typeof ttl === "number" && ttl * 1_000 <= clock.now()) return undefined;
    const run = parsed.get(row) ?? runSchema.parse(row);
    parsed.set(row, run);
    return run;
  };
  /** Entries as an index answers them: keys only, including rows past their TTL. */
  const where = (field: string, value: string, sortField: string) =>
    [...rows].flatMap(([id, row]) =>
      row[field] === value ? [{ id, at: Number(row[sortField] ?? farFuture) }] : [],
    );
  const all = () => [...rows.keys()].flatMap((id) => read(id) ?? []);

  const create = (run: Run): Created => {
    const existing = read(run.id);
    if (existing) return { created: false, existing };
    rows.set(run.id, plain(run));
    return { created: true };
  };

  const claim = (request: Parameters<Runs["claim"]>[0][number]): Claimed => {
    const run = read(request.id);
    if (!run || !admits(run, request)) return { refused: run };
    const { deadKey, ttl, ...kept } = plain(run);
    const { token, now: startedAt, leaseUntil: availableAt, worker } = request;
    const timer =
      request.generation > 1 ? { timerKey: timerKeyOf("sweep", request.id), timerAt: availableAt } : {};
    rows.set(request.id, {
      ...kept,
      state: "running",
      claimCount: run.claimCount + 1,
      resendCount: 0,
      token,
      startedAt,
      availableAt,
      ...(worker !== undefined && { worker }),
      ...timer,
    });
    const claimed = read(request.id);
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
    list: async ({ job, shard, from, until, ...page }) => {
      const found = where("listKey", `${job}#${shard}`, "createdAt");
      return pageOf(
        found.filter(({ at }) => at >= from && at < until),
        page,
      );
    },
    due: async (list, { shard, until, ...page }) => {
      const found = where("timerKey", timerListKey(list, shard), "timerAt");
      return pageOf(
        found.filter(({ at }) => at <= until),
        page,
      );
    },
    dead: async ({ job, shard, fingerprint, from = 0, afterFingerprint, ...page }) => {
      // Keys only here too: each cause of a job is found by one query, and parsing every row would take long.
      const wanted = deadKey(job, shard);
      const after = afterFingerprint === undefined ? "" : deadSortAfter(afterFingerprint);
      const [first, last] =
        fingerprint === undefined ? [after] : [deadSortOf(fingerprint, from), deadSortAfter(fingerprint)];
      const isWanted = (deadSort: string): boolean =>
        deadSort >= first && (last === undefined || deadSort <= last);
      const found = [...rows].flatMap(([id, { deadKey: key, deadSort }]) =>
        key === wanted && typeof deadSort === "string" && isWanted(deadSort) ? [{ id, at: deadSort }] : [],
      );
      const sorts = new Map(found.map(({ id, at }) => [id, at]));
      const { ids, ...rest } = pageOf(found, page);
      return { entries: ids.map((id) => ({ id, ...parseDeadSort(sorts.get(id) ?? "") })), ...rest };
    },
  };
};

/** A value as a store returns it: no undefined members, no shared references. */
const plain = (value: object): Row => JSON.parse(JSON.stringify(value));

const asEntry = (id: string, run: Run | undefined): [string, Run][] => (run ? [[id, run]] : []);

/** DynamoDB refuses a whole batch that names an item twice. */
const once = <Item extends { readonly id: string }>(items: readonly Item[]): readonly Item[] => {
  if (new Set(items.map(({ id }) => id)).size < items.length) throw new Error("a batch names an item twice");
  return items;
};
