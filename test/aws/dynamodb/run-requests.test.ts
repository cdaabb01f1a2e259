import { describe, expect, test } from "@jest/globals";
import {
  changeStatement,
  claimStatement,
  createStatement,
  deadQuery,
  dueQuery,
  listQuery,
  replaceRequest,
} from "../../../shared/aws/dynamodb/run-requests.ts";
import type { Change } from "../../../shared/core/runs/change.ts";
import { farFuture } from "../../../shared/core/runs/run.ts";
import { aRun } from "../../../shared/testing/contract/rows.ts";

const now = 1_800_000_000_000;
const claim = { id: "contract:a", generation: 1, token: "T1", now, leaseUntil: now + 60_000 };

describe("create", () => {
  test("inserts the row, signed with its writer's nonce", () => {
    const { Statement, Parameters } = createStatement("runs", aRun("a", now), "N1");
    expect(Statement).toBe(
      "INSERT INTO \"runs\" VALUE {'id':?, 'job':?, 'lane':?, 'gen':?, 'free':?, 'claims':?, 'base':?, 'fails':?, " +
        "'dueAt':?, 'createdAt':?, 'hash':?, 'input':?, 'sends':?, 'listKey':?, 'state':?, 'nonce':?}",
    );
    expect(Parameters?.at(0)).toEqual({ S: "contract:a" });
    expect(Parameters?.at(-1)).toEqual({ S: "N1" });
  });

  test("replaces only the expired row that was read", () => {
    expect(replaceRequest("runs", { id: { S: "contract:a" } }, "17")).toEqual({
      TableName: "runs",
      Item: { id: { S: "contract:a" } },
      ConditionExpression: "#ttl = :ttl",
      ExpressionAttributeNames: { "#ttl": "ttl" },
      ExpressionAttributeValues: { ":ttl": { N: "17" } },
    });
  });
});

describe("claim", () => {
  test("has one condition: the generation, and available by now", () => {
    expect(claimStatement("runs", claim)).toEqual({
      Statement:
        'UPDATE "runs" SET "state"=?, "free"=?, "token"=?, "startedAt"=?, "sends"=?, "claims"=claims+1 ' +
        'WHERE "id"=? AND "gen"=? AND "free"<=? RETURNING ALL NEW *',
      Parameters: [
        { S: "running" },
        { N: `${now + 60_000}` },
        { S: "T1" },
        { N: `${now}` },
        { N: "0" },
        { S: "contract:a" },
        { N: "1" },
        { N: `${now}` },
      ],
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  test("of a later generation removes the row from the index of dead runs, and extends its TTL", () => {
    const { Statement, Parameters } = claimStatement("runs", { ...claim, generation: 2 });
    expect(Statement).toBe(
      'UPDATE "runs" SET "state"=?, "free"=?, "token"=?, "startedAt"=?, "sends"=?, "ttl"=?, "timerKey"=?, "timerAt"=?, ' +
        '"claims"=claims+1 REMOVE "deadKey" WHERE "id"=? AND "gen"=? AND "free"<=? RETURNING ALL NEW *',
    );
    expect(Parameters?.[5]).toEqual({ N: "32503680000" });
  });
});

describe("change", () => {
  test("sets and removes the given attributes under its conditions", () => {
    const change: Change = {
      id: "contract:a",
      when: { token: "T1", state: "running", timerKey: undefined },
      set: { state: "succeeded", availableAt: farFuture },
      drop: "timerKey",
    };
    expect(changeStatement("runs", change)).toEqual({
      Statement:
        'UPDATE "runs" SET "state"=?, "free"=? REMOVE "timerKey" ' +
        'WHERE "id"=? AND "token"=? AND "state"=? AND "timerKey" IS MISSING',
      Parameters: [
        { S: "succeeded" },
        { N: "9000000000000000" },
        { S: "contract:a" },
        { S: "T1" },
        { S: "running" },
      ],
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  test("can remove an attribute without setting one", () => {
    const change: Change = { id: "contract:a", when: { timerAt: 5 }, set: {}, drop: "timerKey" };
    expect(changeStatement("runs", change).Statement).toBe(
      'UPDATE "runs" REMOVE "timerKey" WHERE "id"=? AND "timerAt"=?',
    );
  });
});

describe("look-ups", () => {
  test("lists the runs of a job from an instant to before another", () => {
    const query = { job: "contract", shard: 2, from: 10, until: 20, limit: 5, after: "c", newestFirst: true };
    expect(listQuery("runs", query)).toEqual({
      table: "runs",
      index: "list",
      limit: 5,
      after: "c",
      newestFirst: true,
      condition: "listKey = :listKey AND createdAt BETWEEN :from AND :last",
      values: { listKey: "contract#2", from: 10, last: 19 },
    });
  });

  test("sends no query for an empty range", () => {
    expect(listQuery("runs", { job: "contract", shard: 2, from: 10, until: 10, limit: 5 })).toBeUndefined();
  });

  test("queries due runs without a lower bound", () => {
    expect(dueQuery("runs", "park", { shard: 7, until: 20, limit: 5 })).toEqual({
      table: "runs",
      index: "timers",
      limit: 5,
      condition: "timerKey = :timerKey AND timerAt <= :until",
      values: { timerKey: "park#7", until: 20 },
    });
  });
});

describe("the dead", () => {
  const common = { job: "contract", shard: 2, limit: 5 };

  test.each([
    ["all", {}, "deadKey = :deadKey AND deadSort > :before", { before: " " }],
    [
      "those with later fingerprints",
      { afterFingerprint: "aaa" },
      "deadKey = :deadKey AND deadSort > :before",
      { before: "aaa#~" },
    ],
    [
      "those with one fingerprint, from an instant on",
      { fingerprint: "aaa", from: Date.UTC(2026, 0, 1) },
      "deadKey = :deadKey AND deadSort BETWEEN :from AND :last",
      { from: "aaa#2026-01-01T00:00:00.000Z", last: "aaa#~" },
    ],
  ])("are asked for: %s", (_, more, condition, values) => {
    expect(deadQuery("runs", { ...common, ...more })).toEqual({
      table: "runs",
      index: "dead",
      limit: 5,
      condition,
      values: { deadKey: "contract#2", ...values },
    });
  });
});
