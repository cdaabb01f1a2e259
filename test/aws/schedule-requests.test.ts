import { describe, expect, test } from "@jest/globals";
import { snapshotRequest } from "../../shared/aws/metrics.ts";
import { payloadRequest } from "../../shared/aws/payloads.ts";
import {
  changeScheduleStatement,
  ledgerItem,
  ledgerQuery,
  markRequest,
  scheduleItem,
} from "../../shared/aws/schedule-requests.ts";
import { noCounts } from "../../shared/pipeline/tally.ts";
import { aSchedule } from "../../shared/testing/contract/rows.ts";

const row = aSchedule("nightly");
const { row: rowAttribute } = scheduleItem(row);

describe("a schedule", () => {
  test("stands in the due index while it is active and has a next instant", () => {
    expect(scheduleItem(row)).toEqual({
      ...{ pk: { S: "S#nightly" }, sk: { S: "def" }, stamp: { S: "1@60000" } },
      row: { M: expect.objectContaining({ name: { S: "nightly" }, nextAt: { N: "60000" } }) },
      ...{ dueKey: { S: "schedule#10" }, dueAt: { N: "60000" } },
    });
  });

  test.each([{ ...row, state: "paused" } as const, { ...row, state: "deleted" } as const])(
    "does not while it is stopped",
    (stopped) => {
      expect(Object.keys(scheduleItem(stopped))).toEqual(["pk", "sk", "row", "stamp"]);
    },
  );

  test("is changed whole, if version and next instant are as they were seen", () => {
    expect(changeScheduleStatement("state", { row, when: { version: 3, nextAt: 9 } })).toEqual({
      Statement:
        'UPDATE "state" SET "row"=?, "stamp"=?, "dueKey"=?, "dueAt"=? WHERE "pk"=? AND "sk"=? AND "stamp"=?',
      Parameters: [
        rowAttribute,
        ...[{ S: "1@60000" }, { S: "schedule#10" }, { N: "60000" }],
        ...[{ S: "S#nightly" }, { S: "def" }, { S: "3@9" }],
      ],
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  test("leaves the due index when nothing is due any more", () => {
    const { nextAt: _, ...spent } = row;
    const change = { row: spent, when: { version: 1, nextAt: undefined } };
    const { Statement, Parameters } = changeScheduleStatement("state", change);
    expect(Statement).toBe(
      'UPDATE "state" SET "row"=?, "stamp"=? REMOVE "dueKey" WHERE "pk"=? AND "sk"=? AND "stamp"=?',
    );
    expect([Parameters?.[1], Parameters?.[4]]).toEqual([{ S: "1@never" }, { S: "1@never" }]);
  });
});

describe("a ledger", () => {
  test("keeps its entries in the order of time, as long as the runs they name", () => {
    const plannedAt = Date.UTC(2026, 0, 1);
    expect(ledgerItem({ schedule: "nightly", at: plannedAt, plannedAt, fired: [plannedAt] })).toEqual({
      ...{ pk: { S: "S#nightly" }, sk: { S: "L#2026-01-01T00:00:00.000Z" }, schedule: { S: "nightly" } },
      ...{ at: { N: "1767225600000" }, plannedAt: { N: "1767225600000" }, ttl: { N: "1769817600" } },
      fired: { L: [{ N: "1767225600000" }] },
    });
  });

  test("is read from its end", () => {
    expect(ledgerQuery("state", "nightly", 20)).toEqual({
      ...{ table: "state", limit: 20, newestFirst: true },
      condition: "pk = :pk AND begins_with(sk, :prefix)",
      values: { pk: "S#nightly", prefix: "L#" },
    });
  });
});

test("a mark goes forward only", () => {
  expect(markRequest("state", "swept", 7)).toEqual({
    TableName: "state",
    Key: { pk: { S: "MARKS" }, sk: { S: "swept" } },
    UpdateExpression: "SET #at = :to",
    ConditionExpression: "attribute_not_exists(#at) OR #at < :to",
    ExpressionAttributeNames: { "#at": "at" },
    ExpressionAttributeValues: { ":to": { N: "7" } },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
});

test("a payload is an item of its own, with an end", () => {
  expect(payloadRequest("state", ["contract:a", "input", "{}", 99])).toEqual({
    TableName: "state",
    Item: { pk: { S: "P#contract:a" }, sk: { S: "input" }, text: { S: "{}" }, ttl: { N: "99" } },
  });
});

test("a snapshot is kept by minute, lane and environment", () => {
  const { Item } = snapshotRequest("state", {
    minute: 30_000_000,
    lane: "high",
    environmentId: "e1",
    counts: noCounts,
  });
  expect(Item).toMatchObject({
    ...{ pk: { S: "M#30000000#3" }, sk: { S: "high#e1" } },
    ...{ claimed: { N: "0" }, workMs: { N: "0" }, ttl: { N: "1801296000" } },
  });
});
