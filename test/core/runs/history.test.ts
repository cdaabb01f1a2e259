import { describe, expect, test } from "@jest/globals";
import type { AttemptRecord } from "../../../shared/core/runs/attempt-record.ts";
import { historyOf } from "../../../shared/core/runs/history.ts";
import { type Run, runSchema } from "../../../shared/core/runs/run.ts";

const at = Date.UTC(2026, 0, 1);
const second = 1_000;

const rowOf = (facts: Readonly<Record<string, unknown>>): Run =>
  runSchema.parse({
    id: "greet:a",
    job: "greet",
    lane: "normal",
    generation: 1,
    availableAt: at,
    claimCount: 1,
    claimCountAtStart: 0,
    failedAttempts: 0,
    dueAt: at,
    createdAt: at,
    inputHash: "h",
    resendCount: 0,
    listKey: "greet#0",
    token: "t",
    ttl: 1,
    ...facts,
  });

const running = rowOf({ state: "running", startedAt: at, worker: "w1" });
const succeeded = { state: "succeeded", startedAt: at + 9 * second, endedAt: at + 10 * second, worker: "w9" };
const failure = { name: "Error", message: "no flour" };
const death = {
  state: "dead",
  diedAt: at,
  endedAt: at,
  deadKey: "k",
  deadSort: "k",
  startedAt: at + 9 * second,
  worker: "w9",
  failedAttempts: 0,
};

const failed = (claim: number, more: Partial<AttemptRecord> = {}): AttemptRecord => ({
  claim,
  attempt: claim,
  generation: 1,
  startedAt: at + claim * second,
  endedAt: at + claim * second + 5,
  worker: `w${claim}`,
  outcome: "failed",
  error: failure,
  ...more,
});
const started = (claim: number): AttemptRecord => {
  const { endedAt: _, error: __, ...rest } = failed(claim);
  return { ...rest, outcome: "started" };
};

const shown = (run: Run, records: readonly AttemptRecord[]) =>
  historyOf(run, records).map(({ number, outcome }) => `${number} ${outcome}`);

describe("the history of a run", () => {
  test.each<[string, Run, readonly AttemptRecord[], readonly string[]]>([
    ["no attempt yet", rowOf({ state: "queued", claimCount: 0 }), [], []],
    ["the first attempt at work", running, [], ["1 running"]],
    ["the first attempt having succeeded", rowOf(succeeded), [], ["1 succeeded"]],
    [
      "a failure before the success",
      rowOf({ ...succeeded, claimCount: 2, failedAttempts: 1 }),
      [failed(1)],
      ["1 failed", "2 succeeded"],
    ],
    [
      "a lost lease before the success",
      rowOf({ ...succeeded, claimCount: 2 }),
      [],
      ["1 lost", "2 succeeded"],
    ],
    [
      "a lost lease, a kill, and a success after a recorded start",
      rowOf({ ...succeeded, claimCount: 3, crashes: 1 }),
      [started(2), started(3)],
      ["1 lost", "2 killed", "3 succeeded"],
    ],
    [
      "a worker that is at work after a kill",
      rowOf({ state: "running", claimCount: 3, crashes: 2, recordedStart: 3, startedAt: at }),
      [started(2), started(3)],
      ["1 lost", "2 killed", "3 running"],
    ],
    ["a wait after a failure", rowOf({ state: "retry", failedAttempts: 1 }), [failed(1)], ["1 failed"]],
    [
      "a wait after a failure that was not recorded",
      rowOf({ state: "retry", failedAttempts: 1, error: failure }),
      [],
      ["1 failed"],
    ],
    [
      "a timeout",
      rowOf({ state: "parked", failedAttempts: 1 }),
      [failed(1, { outcome: "timed-out" })],
      ["1 timed-out"],
    ],
    [
      "its death after two failures",
      rowOf({
        ...death,
        generation: 2,
        claimCount: 2,
        claimCountAtStart: 2,
        reason: "attempt 2 of 2 failed with Error: no flour",
        error: failure,
      }),
      [failed(1), failed(2)],
      ["1 failed", "2 failed"],
    ],
    [
      "its death by a failure that was not recorded",
      rowOf({
        ...death,
        generation: 2,
        claimCountAtStart: 1,
        reason: "attempt 1 of 1 failed with Error: no flour",
        error: failure,
      }),
      [],
      ["1 failed"],
    ],
    [
      "its death by a gate after three kills",
      rowOf({
        ...death,
        generation: 2,
        claimCount: 5,
        claimCountAtStart: 5,
        crashes: 3,
        reason: "its worker was killed 3 times while it ran",
      }),
      [started(2), started(3), started(4), failed(5, { outcome: "not-started" })],
      ["1 lost", "2 killed", "3 killed", "4 killed"],
    ],
    [
      "its death by the sweeper after three kills",
      rowOf({
        ...death,
        generation: 2,
        claimCount: 4,
        claimCountAtStart: 4,
        crashes: 3,
        reason: "its worker was killed 3 times while it ran",
      }),
      [started(2), started(3), started(4)],
      ["1 lost", "2 killed", "3 killed", "4 killed"],
    ],
    [
      "its death by the sweeper after lost leases alone",
      rowOf({
        ...death,
        generation: 2,
        claimCount: 2,
        claimCountAtStart: 2,
        reason: "no worker recorded an outcome",
      }),
      [],
      ["1 lost", "2 lost"],
    ],
    [
      "its death by the sweeper after a lost lease and a failure that was recorded",
      rowOf({
        ...death,
        generation: 2,
        claimCount: 2,
        claimCountAtStart: 2,
        reason: "it was claimed too often",
        error: failure,
      }),
      [failed(1)],
      ["1 failed", "2 lost"],
    ],
    ["a wait after a lost lease", rowOf({ state: "queued" }), [], ["1 lost"]],
    ["a wait after a kill", rowOf({ state: "retry", crashes: 1 }), [started(1)], ["1 killed"]],
    [
      "a redrive after its death",
      rowOf({ ...succeeded, generation: 2, claimCount: 2, claimCountAtStart: 1 }),
      [failed(1)],
      ["1 failed", "2 succeeded"],
    ],
    [
      "a cancellation while it ran",
      rowOf({ state: "cancelled", reason: "x", startedAt: at, endedAt: at }),
      [],
      ["1 cancelled"],
    ],
    [
      "a cancellation while it waited",
      rowOf({ state: "cancelled", reason: "x", startedAt: at, endedAt: at, failedAttempts: 1 }),
      [failed(1)],
      ["1 failed"],
    ],
    [
      "a skip by its schedule",
      rowOf({ state: "cancelled", reason: "x", skippedBySchedule: true, startedAt: at, endedAt: at }),
      [],
      [],
    ],
    [
      "a backfill of what its schedule skipped",
      rowOf({ ...succeeded, generation: 2, claimCount: 2, claimCountAtStart: 1 }),
      [],
      ["2 succeeded"],
    ],
    [
      "a backfill that waits",
      rowOf({ state: "queued", generation: 2, claimCount: 1, claimCountAtStart: 1 }),
      [],
      [],
    ],
    [
      "an end without any attempt",
      rowOf({ state: "expired", reason: "x", startedAt: at, endedAt: at }),
      [],
      [],
    ],
  ])("shows %s", (_, run, records, expected) => {
    expect(shown(run, records)).toEqual(expected);
  });

  test("leaves open which generation a lost attempt before the last death belongs to", () => {
    const run = rowOf({ state: "queued", generation: 2, claimCount: 4, claimCountAtStart: 2 });
    const generations = historyOf(run, []).map(({ number, generation }) => [number, generation]);
    expect(generations).toEqual([
      [1, undefined],
      [3, 2],
      [4, 2],
    ]);
  });

  test("has when, which worker and which error of each attempt", () => {
    expect(historyOf(rowOf({ ...succeeded, claimCount: 2, failedAttempts: 1 }), [failed(1)])).toEqual([
      {
        number: 1,
        generation: 1,
        outcome: "failed",
        startedAt: at + second,
        endedAt: at + second + 5,
        worker: "w1",
        error: failure,
      },
      {
        number: 2,
        generation: 1,
        outcome: "succeeded",
        startedAt: at + 9 * second,
        endedAt: at + 10 * second,
        worker: "w9",
      },
    ]);
  });
});
