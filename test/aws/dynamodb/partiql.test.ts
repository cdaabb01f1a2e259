import { expect, test } from "@jest/globals";
import { insertStatement, updateStatement } from "../../../shared/aws/dynamodb/partiql.ts";

test("an update says what to set, count, drop, and under which conditions, in the order of its parameters", () => {
  const update = {
    table: "my-runs",
    key: { pk: "a", sk: "b" },
    set: { state: "running", error: { name: "E" } },
    increment: "attempt",
    drop: "dueKey",
    when: { token: "t", dueKey: undefined, gen: 2 },
    atMost: { free: 9 },
    returns: true,
  };
  expect(updateStatement(update)).toEqual({
    Statement:
      'UPDATE "my-runs" SET "state"=?, "error"=?, "attempt"=attempt+1 REMOVE "dueKey" ' +
      'WHERE "pk"=? AND "sk"=? AND "token"=? AND "dueKey" IS MISSING AND "gen"=? AND "free"<=? RETURNING ALL NEW *',
    Parameters: [
      { S: "running" },
      { M: { name: { S: "E" } } },
      { S: "a" },
      { S: "b" },
      { S: "t" },
      { N: "2" },
      { N: "9" },
    ],
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
});

test("an update that only drops has no SET, and one that only sets no REMOVE", () => {
  const bare = { table: "t", key: { id: "a" }, when: {} };
  expect(updateStatement({ ...bare, set: {}, drop: "dueKey" }).Statement).toBe(
    'UPDATE "t" REMOVE "dueKey" WHERE "id"=?',
  );
  expect(updateStatement({ ...bare, set: { free: 1 } }).Statement).toBe(
    'UPDATE "t" SET "free"=? WHERE "id"=?',
  );
});

test("an insert names every attribute and carries every value as a parameter", () => {
  expect(insertStatement("t", { id: { S: "it's" }, gen: { N: "1" } })).toEqual({
    Statement: "INSERT INTO \"t\" VALUE {'id':?, 'gen':?}",
    Parameters: [{ S: "it's" }, { N: "1" }],
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
});
