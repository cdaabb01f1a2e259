import { type LedgerEntry, ledgerEntrySchema, ledgerPlace } from "../core/schedules/ledger-entry.ts";
import type { Ledger } from "../ports/index.ts";
import { putItems } from "./dynamodb/batches.ts";
import { rowOf } from "./dynamodb/item.ts";
import { queryAll } from "./dynamodb/query.ts";
import { ledgerItem, ledgerQuery } from "./dynamodb/schedule-requests.ts";
import type { Store } from "./dynamodb/store.ts";

/** The ledgers of schedules, in the state table. */
export const createLedger = (store: Store): Ledger => {
  const { clock, log, tables } = store;
  return {
    record: (entries) => putItems(store, tables.state, lastOfEach(entries).map(ledgerItem)),
    list: async (schedule, query) => {
      const wanted = ledgerQuery(tables.state, schedule, query);
      const items = wanted ? await queryAll(store, wanted) : [];
      return items.flatMap((item) => rowOf(ledgerEntrySchema, item, { now: clock.now(), log }) ?? []);
    },
  };
};

/** The last of equal entries: no request may name an item twice. */
const lastOfEach = (entries: readonly LedgerEntry[]): readonly LedgerEntry[] => [
  ...new Map(entries.map((entry) => [`${entry.schedule}#${ledgerPlace(entry)}`, entry])).values(),
];
