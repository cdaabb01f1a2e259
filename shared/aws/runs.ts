import type { BatchStatementRequest } from "@aws-sdk/client-dynamodb";
import type { Claim } from "../core/runs/admission.ts";
import type { Change } from "../core/runs/change.ts";
import type { Run } from "../core/runs/run.ts";
import { parseDeadSort } from "../core/shard.ts";
import { withoutUndefined } from "../core/without-undefined.ts";
import type { Changed, Claimed, DeadEntry, Page, Runs } from "../ports/index.ts";
import { createRows } from "./dynamodb/create-runs.ts";
import { execute, type Outcome } from "./dynamodb/execute.ts";
import type { Item } from "./dynamodb/item.ts";
import { type KeyQuery, queryPage } from "./dynamodb/query.ts";
import { changeStatement, claimStatement, deadQuery, dueQuery, listQuery } from "./dynamodb/run-requests.ts";
import { readRunItems, runIn } from "./dynamodb/run-rows.ts";
import type { Store } from "./dynamodb/store.ts";

/** The runs table. */
export const createRuns = (store: Store): Runs => {
  const table = store.tables.runs;
  return {
    create: (runs) => createRows(store, runs),
    claim: async (claims) => {
      const statementOf = (claim: Claim) => claimStatement(table, claim);
      return (await ask(store, claims, { statementOf, wantsRow: () => true })).map(toClaimed);
    },
    change: async (changes) => {
      const statementOf = (change: Change) => changeStatement(table, change);
      const wantsRow = ({ kind }: Outcome) => kind !== "done";
      return (await ask(store, changes, { statementOf, wantsRow })).map(toChanged);
    },
    read: async (ids) => {
      const items = await readRunItems(store, ids);
      return new Map([...items.values()].flatMap((item) => entryOf(runIn(store, item))));
    },
    list: async (query) => await idsOf(store, listQuery(table, query)),
    due: async (list, query) => await idsOf(store, dueQuery(table, list, query)),
    dead: async (query) => {
      const { items, next } = await queryPage(store, deadQuery(table, query));
      return withoutUndefined({ entries: items.flatMap(deadEntryOf), next });
    },
  };
};

interface Question<Wish> {
  readonly statementOf: (wish: Wish) => BatchStatementRequest;
  readonly wantsRow: (outcome: Outcome) => boolean;
}

/** A conditional write, what became of it, and the row as it stands if that was wanted. */
interface Asked<Wish> {
  readonly wish: Wish;
  readonly outcome: Outcome;
  readonly row: Run | undefined;
}

const ask = async <Wish extends { readonly id: string }>(
  store: Store,
  wishes: readonly Wish[],
  { statementOf, wantsRow }: Question<Wish>,
): Promise<readonly Asked<Wish>[]> => {
  const outcomes = await execute(store, wishes.map(statementOf));
  const asked = wishes.flatMap((wish, i) => {
    const outcome = outcomes[i];
    return outcome ? [{ wish, outcome }] : [];
  });
  const unseen = asked.filter(({ outcome }) => wantsRow(outcome) && !itemIn(outcome));
  const items = await readRunItems(
    store,
    unseen.map(({ wish }) => wish.id),
  );
  return asked.map(({ wish, outcome }) => {
    if (outcome.kind === "failed") {
      store.log.warn("write in doubt: the row decides", { run: wish.id, ...outcome });
    }
    return { wish, outcome, row: runIn(store, itemIn(outcome) ?? items.get(wish.id)) };
  });
};

const itemIn = (outcome: Outcome): Item | undefined => (outcome.kind === "failed" ? undefined : outcome.item);

/** A claim whose reply failed took effect if the row carries its token: nobody else knows it. */
const toClaimed = ({ wish, outcome, row }: Asked<Claim>): Claimed => {
  const isOurs = outcome.kind !== "refused" && row?.token === wish.token;
  return isOurs && row.state === "running" ? { run: row } : { refused: row };
};

const toChanged = ({ outcome, row }: Asked<unknown>): Changed =>
  outcome.kind === "done" ? { changed: true } : { changed: false, now: row };

const entryOf = (run: Run | undefined): [string, Run][] => (run ? [[run.id, run]] : []);

const deadEntryOf = ({ id, deadSort }: Item): readonly DeadEntry[] =>
  id?.S === undefined || deadSort?.S === undefined ? [] : [{ id: id.S, ...parseDeadSort(deadSort.S) }];

const idsOf = async (store: Store, query: KeyQuery | undefined): Promise<Page> => {
  if (!query) return { ids: [] };
  const { items, next } = await queryPage(store, query);
  const ids = items.flatMap(({ id }) => id?.S ?? []);
  return next === undefined ? { ids } : { ids, next };
};
