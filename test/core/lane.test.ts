import { describe, expect, test } from "@jest/globals";
import { maxTimeoutMs } from "../../shared/core/jobs/job.ts";
import {
  closingMs,
  isLaneName,
  laneNames,
  lanes,
  laneTimeoutMs,
  maxReceiveCount,
  messageRetentionMs,
  visibilityMs,
} from "../../shared/core/lane.ts";
import { retentionMs } from "../../shared/core/runs/run.ts";

const hour = 3_600_000;
const day = 24 * hour;

describe("the lanes", () => {
  test("are four, most urgent first", () => {
    expect(laneNames).toEqual(["critical", "high", "normal", "low"]);
    expect(laneNames.map(laneTimeoutMs)).toEqual([60_000, 120_000, 300_000, 900_000]);
  });

  test("share the whole concurrency: the more urgent the more, and the last not nothing", () => {
    const shares: readonly number[] = lanes.map(({ share }) => share);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.1);
  });

  test("are known by name and by nothing else", () => {
    expect([...laneNames, "", "urgent", "Normal", "toString", "__proto__"].filter(isLaneName)).toEqual(
      laneNames,
    );
  });
});

describe.each(laneNames)("lane %s", (name) => {
  test("stays within what Lambda and SQS allow", () => {
    expect(laneTimeoutMs(name)).toBeLessThanOrEqual(0.25 * hour);
    expect(visibilityMs(name)).toBeLessThanOrEqual(12 * hour);
  });

  test("hides a message at least six times as long as its worker may take", () => {
    expect(visibilityMs(name)).toBeGreaterThanOrEqual(6 * laneTimeoutMs(name));
  });

  test("keeps time to close its invocation after the longest attempt", () => {
    expect(maxTimeoutMs(name)).toBe(laneTimeoutMs(name) - closingMs);
    expect(closingMs).toBeGreaterThanOrEqual(3_000);
  });
});

test("a message is kept as long as SQS can, and its run's row at least twice as long", () => {
  expect(messageRetentionMs).toBe(14 * day);
  expect(retentionMs).toBeGreaterThanOrEqual(2 * messageRetentionMs);
});

test("a message is received at least as often as AWS asks for before it is a dead letter", () => {
  expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
});
