import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { Item } from "./item.ts";
import { chunksOf, retryUnprocessed, type Store, settleAll } from "./store.ts";

const maxReads = 100;
const maxPuts = 25;

export const readRequest = (table: string, keys: readonly Item[]): BatchGetItemCommandInput => ({
  RequestItems: { [table]: { Keys: [...keys], ConsistentRead: true } },
});

export const putRequest = (table: string, items: readonly Item[]): BatchWriteItemCommandInput => ({
  RequestItems: { [table]: items.map((Item) => ({ PutRequest: { Item } })) },
});

/**
 * Read items by their keys, consistently and in no order. Each key may be given once.
 * @throws Error when DynamoDB leaves some unread after all tries.
 */
export const readItems = async (store: Store, table: string, keys: readonly Item[]): Promise<Item[]> => {
  const found = await settleAll(
    chunksOf(keys, maxReads).map(async (chunk) => {
      const items: Item[] = [];
      const left = await retryUnprocessed(store, chunk, async (wanted) => {
        const answer = await store.dynamodb.send(new BatchGetItemCommand(readRequest(table, wanted)));
        items.push(...(answer.Responses?.[table] ?? []));
        return answer.UnprocessedKeys?.[table]?.Keys ?? [];
      });
      if (left.length > 0) throw new Error(`DynamoDB left ${left.length} of ${keys.length} items unread`);
      return items;
    }),
  );
  return found.flat();
};

/**
 * Write items without a condition. Each key may be given once.
 * @throws Error when DynamoDB leaves some unwritten after all tries.
 */
export const putItems = async (store: Store, table: string, items: readonly Item[]): Promise<void> => {
  await settleAll(
    chunksOf(items, maxPuts).map(async (chunk) => {
      const left = await retryUnprocessed(store, chunk, async (wanted) => {
        const answer = await store.dynamodb.send(new BatchWriteItemCommand(putRequest(table, wanted)));
        return (answer.UnprocessedItems?.[table] ?? []).flatMap(({ PutRequest: put }) =>
          put?.Item ? [put.Item] : [],
        );
      });
      if (left.length > 0) throw new Error(`DynamoDB left ${left.length} of ${items.length} items unwritten`);
    }),
  );
};
