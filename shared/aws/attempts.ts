import { PutItemCommand, type PutItemCommandInput } from "@aws-sdk/client-dynamodb";
import { attemptRecordSchema } from "../core/attempt-record.ts";
import type { AttemptEntry, Attempts } from "../ports.ts";
import { itemOf, rowOf } from "./item.ts";
import { queryAll } from "./query.ts";
import { partitionQuery } from "./schedule-requests.ts";
import { attemptKey, attemptsPartition } from "./state-keys.ts";
import { type Store, settleAll } from "./store.ts";

const attemptRequest = (table: string, { runId, record, ttl }: AttemptEntry): PutItemCommandInput => ({
  TableName: table,
  Item: itemOf({ ...attemptKey(runId, record.claim), ...record, ttl }),
});

/** The history of each run: a partition of its own, with an item for each attempt that is kept. */
export const createAttempts = (store: Store): Attempts => {
  const { dynamodb, clock, log, tables } = store;
  return {
    record: async (entries) => {
      await settleAll(
        entries.map((entry) => dynamodb.send(new PutItemCommand(attemptRequest(tables.state, entry)))),
      );
    },
    list: async (runId) => {
      const items = await queryAll(store, partitionQuery(tables.state, attemptsPartition(runId)));
      return items.flatMap((item) => rowOf(attemptRecordSchema, item, { now: clock.now(), log }) ?? []);
    },
  };
};
