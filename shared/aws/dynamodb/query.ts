import { QueryCommand, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import { decodeCursor, encodeCursor } from "../../core/cursor.ts";
import { withoutUndefined } from "../../core/without-undefined.ts";
import { type Item, itemOf } from "./item.ts";
import type { Store } from "./store.ts";

/** All keys consist of texts and numbers. */
const key = z.record(
  z.string(),
  z.union([z.strictObject({ S: z.string() }), z.strictObject({ N: z.string() })]),
);

/** The end of a page, as an opaque text that callers pass back. */
export const cursorOf = (last: Item | undefined): string | undefined => last && encodeCursor(last);

/** @throws DefinitionError when the text is not a cursor that `cursorOf` made. */
export const keyOf = (cursor: string): Item => decodeCursor(cursor, key);

/** A condition on a table's or an index's key: `name` and `:name` are the same attribute. */
export interface KeyQuery {
  readonly table: string;
  readonly index?: string;
  readonly condition: string;
  readonly values: Readonly<Record<string, string | number>>;
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly newestFirst?: boolean | undefined;
}

export const queryRequest = (query: KeyQuery): QueryCommandInput => {
  const { table, index, condition, values, limit, after, newestFirst } = query;
  return withoutUndefined({
    TableName: table,
    ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
    KeyConditionExpression: condition,
    ExpressionAttributeValues: itemOf(
      Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
    ),
    Limit: limit,
    ...(after !== undefined && { ExclusiveStartKey: keyOf(after) }),
    ...(newestFirst && { ScanIndexForward: false }),
  });
};

export interface ItemPage {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

export const queryPage = async ({ dynamodb }: Store, query: KeyQuery): Promise<ItemPage> => {
  const answer = await dynamodb.send(new QueryCommand(queryRequest(query)));
  return { items: answer.Items ?? [], next: cursorOf(answer.LastEvaluatedKey) };
};

/** Everything that a query finds, up to its limit. Only for partitions that stay small. */
export const queryAll = async (store: Store, query: KeyQuery): Promise<readonly Item[]> => {
  const { limit = Number.POSITIVE_INFINITY } = query;
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await queryPage(store, { ...query, after });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined && items.length < limit);
  return items.slice(0, limit);
};

/** A query for everything in one partition. */
export const partitionQuery = (table: string, pk: string): KeyQuery => ({
  table,
  condition: "pk = :pk",
  values: { pk },
});

/** The sort keys of one partition of the state table. */
export const namesIn = async (store: Store, partition: string): Promise<readonly string[]> =>
  (await queryAll(store, partitionQuery(store.tables.state, partition))).flatMap(({ sk }) => sk?.S ?? []);
