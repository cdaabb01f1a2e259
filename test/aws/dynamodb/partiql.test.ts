import { expect, test } from "@jest/globals";
import { insertStatement, updateStatement } from "../../../shared/aws/dynamodb/partiql.ts";

test("builds an update with SET, increment, REMOVE and conditions in the order of its parameters", () => {
  const update = {
    table: "my-runs",
    key: { pk: "a", sk: "b" },
    set: { state: "running", error: { name: "E" } },
    increment: "claimCount",
    drop: "timerKey",
    when: { token: "t", timerKey: undefined, generation: 2 },
    atMost: { availableAt: 9 },
    returns: true,
  };
  expect(updateStatement(update)).toEqual({
    Statement:
      'UPDATE "my-runs" SET "state"=?, "error"=?, "claimCount"=claimCount+1 REMOVE "timerKey" ' +
      'WHERE "pk"=? AND "sk"=? AND "token"=? AND "timerKey" IS MISSING AND "generation"=? AND "availableAt"<=? RETURNING ALL NEW *',
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

test("builds an update without SET when it only removes, and without REMOVE when it only sets", () => {
  const bare = { table: "t", key: { id: "a" }, when: {} };
  expect(updateStatement({ ...bare, set: {}, drop: "timerKey" }).Statement).toBe(
    'UPDATE "t" REMOVE "timerKey" WHERE "id"=?',
  );
  expect(updateStatement({ ...bare, set: { availableAt: 1 } }).Statement).toBe(
    'UPDATE "t" SET "availableAt"=? WHERE "id"=?',
  );
});

test("builds an insert that names every attribute and has every value as a parameter", () => {
  expect(insertStatement("t", { id: { S: "it's" }, generation: { N: "1" } })).toEqual({
    Statement: "INSERT INTO \"t\" VALUE {'id':?, 'generation':?}",
    Parameters: [{ S: "it's" }, { N: "1" }],
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
});
