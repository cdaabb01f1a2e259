import { expect, test } from "@jest/globals";
import { cursorOf, keyOf, queryAll, queryRequest } from "../../../shared/aws/dynamodb/query.ts";
import { scriptedStore } from "../scripted.ts";

const key = { pk: { S: "S#é" }, dueAt: { N: "12" } };

test("makes a cursor that is decoded to its key", () => {
  const cursor = cursorOf(key) ?? "";
  expect(cursor).toMatch(/^[\w-]+$/);
  expect(keyOf(cursor)).toEqual(key);
  expect(cursorOf(undefined)).toBeUndefined();
});

test.each(["", "12", "é", Buffer.from('{"a":1}').toString("base64url")])("%j is no cursor", (text) => {
  expect(() => keyOf(text)).toThrow("cursor: expected the cursor that the page before has answered, got ");
});

test("reads a table consistently, and an index without consistency", () => {
  const query = { table: "state", condition: "pk = :pk", values: { pk: "MARKS" } };
  const request = {
    TableName: "state",
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: "MARKS" } },
  };
  expect(queryRequest(query)).toEqual({ ...request, ConsistentRead: true });
  expect(queryRequest({ ...query, index: "due", limit: 3, after: cursorOf(key), newestFirst: true })).toEqual(
    { ...request, IndexName: "due", Limit: 3, ExclusiveStartKey: key, ScanIndexForward: false },
  );
});

test("reads all pages, including empty ones, until the last one or the limit", async () => {
  const page = (turn: number) => ({
    Items: turn === 1 ? [] : [{ n: { N: `${turn}` } }],
    LastEvaluatedKey: key,
  });
  const { store, asked } = scriptedStore((_, turn) =>
    turn < 3 ? page(turn) : { Items: [{ n: { N: "3" } }] },
  );
  const query = { table: "state", condition: "pk = :pk", values: { pk: "MARKS" } };
  expect(await queryAll(store, query)).toEqual([{ n: { N: "0" } }, { n: { N: "2" } }, { n: { N: "3" } }]);
  expect(asked).toHaveLength(4);
  const endless = scriptedStore(() => page(0));
  expect(await queryAll(endless.store, { ...query, limit: 2 })).toHaveLength(2);
});
