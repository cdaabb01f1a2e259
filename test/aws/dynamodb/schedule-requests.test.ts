import { describe, expect, test } from "@jest/globals";
import {
  changeScheduleStatement,
  ledgerItem,
  ledgerQuery,
  markRequest,
  noteRequest,
  scheduleItem,
} from "../../../shared/aws/dynamodb/schedule-requests.ts";
import { noteKey } from "../../../shared/aws/dynamodb/state-keys.ts";
import { snapshotRequest } from "../../../shared/aws/metrics.ts";
import { payloadRequest } from "../../../shared/aws/payloads.ts";
import { type LedgerEntry, ledgerPlace } from "../../../shared/core/schedules/ledger-entry.ts";
import { noCounts } from "../../../shared/pipeline/worker/metrics-counter.ts";
import { aSchedule, withoutNext } from "../../../shared/testing/contract/rows.ts";

const row = aSchedule("nightly");
const { row: rowAttribute } = scheduleItem(row);

describe("a schedule", () => {
  test("is in the timer index of its lane while it is active and has a next instant", () => {
    expect(scheduleItem(row)).toEqual({
      pk: { S: "S#nightly" },
      sk: { S: "def" },
      stamp: { S: "1@60000" },
      row: { M: expect.objectContaining({ name: { S: "nightly" }, nextFireAt: { N: "60000" } }) },
      timerKey: { S: "schedule#normal#10" },
      timerAt: { N: "60000" },
    });
    expect(scheduleItem({ ...row, lane: "critical" })).toMatchObject({
      timerKey: { S: "schedule#critical#10" },
    });
  });

  test.each([{ ...row, state: "paused" } as const, { ...row, state: "deleted" } as const])(
    "is not in the timer index while it is stopped",
    (stopped) => {
      expect(Object.keys(scheduleItem(stopped))).toEqual(["pk", "sk", "row", "stamp"]);
    },
  );

  test("is in the timer index for the end of its pause", () => {
    const paused = scheduleItem({ ...row, state: "paused", pausedUntil: 90_000 });
    expect(paused).toMatchObject({ timerKey: { S: "schedule#normal#10" }, timerAt: { N: "90000" } });
  });

  test("is replaced as a whole, if version and next instant are as they were read", () => {
    expect(changeScheduleStatement("state", { row, when: { version: 3, nextFireAt: 9 } })).toEqual({
      Statement:
        'UPDATE "state" SET "row"=?, "stamp"=?, "timerKey"=?, "timerAt"=? WHERE "pk"=? AND "sk"=? AND "stamp"=?',
      Parameters: [
        rowAttribute,
        { S: "1@60000" },
        { S: "schedule#normal#10" },
        { N: "60000" },
        { S: "S#nightly" },
        { S: "def" },
        { S: "3@9" },
      ],
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  test("leaves the timer index when it has no further instant", () => {
    const change = { row: withoutNext(row), when: { version: 1, nextFireAt: undefined } };
    const { Statement, Parameters } = changeScheduleStatement("state", change);
    expect(Statement).toBe(
      'UPDATE "state" SET "row"=?, "stamp"=? REMOVE "timerKey" WHERE "pk"=? AND "sk"=? AND "stamp"=?',
    );
    expect([Parameters?.[1], Parameters?.[4]]).toEqual([{ S: "1@never" }, { S: "1@never" }]);
  });
});

describe("a ledger", () => {
  const at = Date.UTC(2026, 0, 1);
  const entry: LedgerEntry = {
    schedule: "nightly",
    at,
    recordedBy: "dispatcher",
    recordedAt: at + 5_000,
    caughtUp: 0,
    fired: [at, at + 1_000],
    skipped: [],
  };

  test("keeps its entries in the order of time, as long as their runs", () => {
    expect(ledgerItem(entry)).toEqual({
      pk: { S: "S#nightly" },
      sk: { S: `L#${ledgerPlace(entry)}` },
      schedule: { S: "nightly" },
      at: { N: "1767225600000" },
      recordedBy: { S: "dispatcher" },
      recordedAt: { N: "1767225605000" },
      ttl: { N: "1769817605" },
      caughtUp: { N: "0" },
      fired: { L: [{ N: "1767225600000" }, { N: "1767225601000" }] },
      skipped: { L: [] },
    });
  });

  test("is read from its end, and no further than from one instant until just before another", () => {
    expect(ledgerQuery("state", "nightly", { from: at, until: at + 1, limit: 20 })).toEqual({
      table: "state",
      limit: 20,
      newestFirst: true,
      condition: "pk = :pk AND sk BETWEEN :first AND :last",
      values: { pk: "S#nightly", first: "L#2026-01-01T00:00:00.000Z", last: "L#2026-01-01T00:00:00.000Z~" },
    });
    expect(ledgerQuery("state", "nightly", { limit: 20 })).toMatchObject({
      values: { first: "L#1970-01-01T00:00:00.000Z", last: "L#~" },
    });
  });

  test("is not queried for an empty range", () => {
    expect(ledgerQuery("state", "nightly", { from: at, until: at, limit: 20 })).toBeUndefined();
    expect(ledgerQuery("state", "nightly", { from: at, until: at - 1, limit: 20 })).toBeUndefined();
  });
});

describe("a note", () => {
  const key = noteKey("nightly", "running");

  test("is replaced if it is as the writer has read it", () => {
    expect(noteRequest("state", key, "greet:a", "greet:b")).toEqual({
      TableName: "state",
      Key: { pk: { S: "S#nightly" }, sk: { S: "N#running" } },
      UpdateExpression: "SET #text = :to",
      ConditionExpression: "#text = :from",
      ExpressionAttributeNames: { "#text": "text" },
      ExpressionAttributeValues: { ":to": { S: "greet:b" }, ":from": { S: "greet:a" } },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  test("is created if the writer has read that there is none", () => {
    expect(noteRequest("state", key, undefined, "")).toMatchObject({
      ConditionExpression: "attribute_not_exists(#text)",
      ExpressionAttributeValues: { ":to": { S: "" } },
    });
  });
});

test("advances a watermark only forwards", () => {
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

test("stores a payload as an item of its own, with a TTL", () => {
  expect(payloadRequest("state", ["contract:a", "input#h", "{}", 99])).toEqual({
    TableName: "state",
    Item: { pk: { S: "P#contract:a" }, sk: { S: "input#h" }, text: { S: "{}" }, ttl: { N: "99" } },
  });
});

test("stores a metrics snapshot by minute, lane and environment", () => {
  const { Item } = snapshotRequest("state", {
    minute: 30_000_000,
    lane: "high",
    environmentId: "e1",
    counts: noCounts,
  });
  expect(Item).toMatchObject({
    pk: { S: "M#30000000#3" },
    sk: { S: "high#e1" },
    claimed: { N: "0" },
    workMs: { N: "0" },
    ttl: { N: "1801296000" },
  });
});
