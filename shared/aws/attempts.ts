import { attemptRecordSchema } from "../core/runs/attempt-record.ts";
import type { Attempts } from "../ports/index.ts";
import { putItems } from "./dynamodb/batches.ts";
import { itemOf, rowOf } from "./dynamodb/item.ts";
import { partitionQuery, queryAll } from "./dynamodb/query.ts";
import { attemptKey, attemptsPartition } from "./dynamodb/state-keys.ts";
import type { Store } from "./dynamodb/store.ts";

/** The attempts of each run, in a partition of its own with an item for each recorded attempt. */
export const createAttempts = (store: Store): Attempts => {
  const { clock, log, tables } = store;
  return {
    record: async (entries) => {
      const items = entries.map(({ runId, record, ttl }) =>
        itemOf({ ...attemptKey(runId, record.claim), ...record, ttl }),
      );
      await putItems(store, tables.state, items);
    },
    list: async (runId) => {
      const items = await queryAll(store, partitionQuery(tables.state, attemptsPartition(runId)));
      return items.flatMap((item) => rowOf(attemptRecordSchema, item, { now: clock.now(), log }) ?? []);
    },
  };
};
