import { marshall } from "@aws-sdk/util-dynamodb";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { itemOf } from "../../../shared/aws/dynamodb/item.ts";
import { attributeNameOf, toAttributes, toFields } from "../../../shared/aws/dynamodb/run-attributes.ts";
import { runItem } from "../../../shared/aws/dynamodb/run-requests.ts";
import { rowAfter } from "../../../shared/core/runs/change.ts";
import { newRun } from "../../../shared/core/runs/new-run.ts";
import type { Running } from "../../../shared/core/runs/run.ts";
import { settle } from "../../../shared/core/runs/settle.ts";
import { anyRun } from "../../core/runs/any-run.ts";

test("a run of any state is read back as it was stored", () => {
  fc.assert(
    fc.property(anyRun, (run) => {
      expect(toFields(itemOf(toAttributes(run)))).toEqual(itemOf(run));
      expect(Object.keys(toAttributes(run))).toHaveLength(Object.keys(run).length);
    }),
  );
});

test("no two fields of a run are stored under one name, and no stored name is a field of its own", () => {
  const fields = ["availableAt", "claimCount", "claimCountAtStart", "failedAttempts", "generation"] as const;
  const names = fields.map(attributeNameOf);
  expect(new Set([...names, ...fields]).size).toBe(2 * fields.length);
  expect(attributeNameOf("state")).toBe("state");
});

/** The size of an item by the rules of DynamoDB, and a little more: numbers are counted whole, and the letter of each type. */
const bytesOf = (item: object): number =>
  Buffer.byteLength(JSON.stringify(item).replaceAll(/[{}":,]|"[SNMLB]":/g, ""));

test("a run with an input of 500 bytes stays below the kilobyte that costs one write unit, from its insert to its end", () => {
  const now = 1_767_225_600_123;
  const run = newRun({
    job: "send-welcome-email",
    key: "daily-report@2026-01-01T00:00:00Z",
    lane: "normal",
    input: JSON.stringify("x".repeat(498)),
    dueAt: now,
    now,
    tenant: "acme",
    schedule: "daily-report",
  });
  const running: Running = {
    ...run,
    state: "running",
    claimCount: 1,
    token: "01KDVDNA00GGGGGGGGGGGGGGGG",
    startedAt: now,
    worker: "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
  };
  const success = { kind: "succeeded", result: { sent: true } } as const;
  const nonce = "01KDVDNA00GGGGGGGGGGGGGGGG";
  for (const row of [run, running, rowAfter(running, settle(running, success, now + 1_234, "hide"))])
    expect(bytesOf(runItem(row, nonce))).toBeLessThan(1_024);
  expect(bytesOf(marshall({ ab: "cd", n: 12 }))).toBe(9);
});
