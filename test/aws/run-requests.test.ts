import { describe, expect, test } from "@jest/globals";
import {
  changeStatement,
  claimStatement,
  createStatement,
  dueQuery,
  listQuery,
  replaceRequest,
} from "../../shared/aws/run-requests.ts";
import { enrol, leave, settle } from "../../shared/core/change.ts";
import { aRun, inState } from "../../shared/testing/contract/rows.ts";

const now = 1_800_000_000_000;
const claim = { id: "contract:a", gen: 1, token: "T1", now, leaseUntil: now + 60_000 };

describe("create", () => {
  test("inserts the row, signed with its writer's nonce", () => {
    const { Statement, Parameters } = createStatement("runs", aRun("a", now), "N1");
    expect(Statement).toBe(
      "INSERT INTO \"runs\" VALUE {'id':?, 'job':?, 'lane':?, 'gen':?, 'free':?, 'attempt':?, 'base':?, 'failed':?, " +
        "'due':?, 'createdAt':?, 'inputHash':?, 'input':?, 'resends':?, 'listKey':?, 'state':?, 'nonce':?}",
    );
    expect(Parameters?.at(0)).toEqual({ S: "contract:a" });
    expect(Parameters?.at(-1)).toEqual({ S: "N1" });
  });

  test("replaces nothing but the relic that was seen", () => {
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
  test("is one condition: the generation, and free by now", () => {
    expect(claimStatement("runs", claim)).toEqual({
      Statement:
        'UPDATE "runs" SET "state"=?, "free"=?, "token"=?, "startedAt"=?, "resends"=?, "attempt"=attempt+1 ' +
        'WHERE "id"=? AND "gen"=? AND "free"<=? RETURNING ALL NEW *',
      Parameters: [
        ...[{ S: "running" }, { N: `${now + 60_000}` }, { S: "T1" }, { N: `${now}` }, { N: "0" }],
        ...[{ S: "contract:a" }, { N: "1" }, { N: `${now}` }],
      ],
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  test("of a later generation takes the row off the index of the dead, and out of reach of its TTL", () => {
    const { Statement, Parameters } = claimStatement("runs", { ...claim, gen: 2 });
    expect(Statement).toBe(
      'UPDATE "runs" SET "state"=?, "free"=?, "token"=?, "startedAt"=?, "resends"=?, "ttl"=?, "attempt"=attempt+1 ' +
        'REMOVE "deadKey" WHERE "id"=? AND "gen"=? AND "free"<=? RETURNING ALL NEW *',
    );
    expect(Parameters?.[5]).toEqual({ N: "32503680000" });
  });
});

describe("change", () => {
  const running = inState("running", "a", now);
  if (running.state !== "running") throw new Error("a running row");

  test("settles under the token that claimed", () => {
    const verdict = { kind: "succeeded", result: undefined } as const;
    expect(changeStatement("runs", settle(running, verdict, now, "hide"))).toEqual({
      Statement:
        'UPDATE "runs" SET "state"=?, "free"=?, "endedAt"=?, "ttl"=? REMOVE "dueKey" ' +
        'WHERE "id"=? AND "token"=? AND "state"=?',
      Parameters: [
        ...[{ S: "succeeded" }, { N: "9000000000000000" }, { N: `${now}` }, { N: "1802592000" }],
        ...[{ S: "contract:a" }, { S: "former" }, { S: "running" }],
      ],
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  test("enrols only what nobody has enrolled", () => {
    expect(changeStatement("runs", enrol(running, now)).Statement).toBe(
      'UPDATE "runs" SET "dueKey"=?, "dueAt"=? WHERE "id"=? AND "state"=? AND "gen"=? AND "dueKey" IS MISSING',
    );
  });

  test("may drop and set nothing", () => {
    expect(changeStatement("runs", leave({ ...running, dueKey: "sweep#1", dueAt: 5 })).Statement).toBe(
      'UPDATE "runs" REMOVE "dueKey" WHERE "id"=? AND "state"=? AND "dueKey"=? AND "dueAt"=?',
    );
  });
});

describe("look-ups", () => {
  test("the list of a job goes from an instant to before another", () => {
    const query = { job: "contract", shard: 2, from: 10, until: 20, limit: 5, after: "c", newestFirst: true };
    expect(listQuery("runs", query)).toEqual({
      ...{ table: "runs", index: "list", limit: 5, after: "c", newestFirst: true },
      condition: "listKey = :listKey AND createdAt BETWEEN :from AND :last",
      values: { listKey: "contract#2", from: 10, last: 19 },
    });
  });

  test("an empty span is not asked for", () => {
    expect(listQuery("runs", { job: "contract", shard: 2, from: 10, until: 10, limit: 5 })).toBeUndefined();
  });

  test("what is due has no lower bound", () => {
    expect(dueQuery("runs", "park", { shard: 7, until: 20, limit: 5 })).toEqual({
      ...{ table: "runs", index: "due", limit: 5 },
      condition: "dueKey = :dueKey AND dueAt <= :until",
      values: { dueKey: "park#7", until: 20 },
    });
  });
});
