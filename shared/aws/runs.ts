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
      return (await writeAll(store, claims, { statementOf, wantsRow: () => true })).map(toClaimed);
    },
    change: async (changes) => {
      const statementOf = (change: Change) => changeStatement(table, change);
      const wantsRow = ({ kind }: Outcome) => kind !== "done";
      return (await writeAll(store, changes, { statementOf, wantsRow })).map(toChanged);
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

interface WriteRequest<Write> {
  readonly statementOf: (write: Write) => BatchStatementRequest;
  readonly wantsRow: (outcome: Outcome) => boolean;
}

/** A conditional write, its outcome, and the row as it is now if that was wanted. */
interface WriteOutcome<Write> {
  readonly write: Write;
  readonly outcome: Outcome;
  readonly row: Run | undefined;
}

const writeAll = async <Write extends { readonly id: string }>(
  store: Store,
  writes: readonly Write[],
  { statementOf, wantsRow }: WriteRequest<Write>,
): Promise<readonly WriteOutcome<Write>[]> => {
  const outcomes = await execute(store, writes.map(statementOf));
  const answered = writes.flatMap((write, i) => {
    const outcome = outcomes[i];
    return outcome ? [{ write, outcome }] : [];
  });
  const unseen = answered.filter(({ outcome }) => wantsRow(outcome) && !itemIn(outcome));
  const items = await readRunItems(
    store,
    unseen.map(({ write }) => write.id),
  );
  return answered.map(({ write, outcome }) => {
    if (outcome.kind === "failed") {
      store.log.warn("write result unknown; re-reading the row", { run: write.id, ...outcome });
    }
    return { write, outcome, row: runIn(store, itemIn(outcome) ?? items.get(write.id)) };
  });
};

const itemIn = (outcome: Outcome): Item | undefined => (outcome.kind === "failed" ? undefined : outcome.item);

/** A claim whose request failed took effect if the row carries its token: no other worker knows the token. */
const toClaimed = ({ write, outcome, row }: WriteOutcome<Claim>): Claimed => {
  const isOurs = outcome.kind !== "refused" && row?.token === write.token;
  return isOurs && row.state === "running" ? { run: row } : { refused: row };
};

const toChanged = ({ outcome, row }: WriteOutcome<unknown>): Changed =>
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
