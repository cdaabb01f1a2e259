import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  allCrashesOf,
  crashesIfLost,
  crashesOf,
  farFuture,
  isTerminal,
  lostLeasesOf,
  runSchema,
  transitions,
} from "../../../shared/core/runs/run.ts";
import { anyRun, runIn, running, states } from "./any-run.ts";

describe("the states of a run", () => {
  test("end in four ways", () => {
    expect(states.filter(isTerminal)).toEqual(["succeeded", "dead", "cancelled", "expired"]);
  });

  test("lead nowhere from an end, except from death by a retry or redrive, and from a skip by a backfill", () => {
    expect(states.filter(isTerminal).map((state) => transitions[state])).toEqual([
      [],
      ["running", "queued"],
      ["queued"],
      [],
    ]);
  });

  test("lead to every end from wherever a run has not ended; only an attempt succeeds", () => {
    for (const state of states.filter((one) => !isTerminal(one))) {
      const ends = transitions[state].filter(isTerminal);
      expect(new Set(ends)).toEqual(
        new Set([...(state === "running" ? ["succeeded"] : []), "dead", "cancelled", "expired"]),
      );
      expect(transitions[state]).toContain("running");
    }
  });

  test("are all known to the diagram", () => {
    expect(Object.keys(transitions).sort()).toEqual([...states].sort());
  });
});

describe("a run's row", () => {
  test("reads back as it was written", () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        expect(runSchema.parse(JSON.parse(JSON.stringify(run)))).toEqual(run);
      }),
    );
  });

  test.each([
    ["queued", { state: "lost" }],
    ["queued", { lane: "urgent" }],
    ["queued", { generation: 0 }],
    ["queued", { claimCount: -1 }],
    ["queued", { dueAt: 1.5 }],
    ["queued", { listKey: undefined }],
    ["running", { token: undefined }],
    ["succeeded", { endedAt: undefined }],
    ["succeeded", { ttl: undefined }],
    ["dead", { reason: undefined }],
    ["dead", { deadKey: undefined }],
    ["dead", { deadSort: undefined }],
    ["cancelled", { reason: undefined }],
    ["expired", { reason: undefined }],
  ] as const)("that is %s is refused with %j", (state, wrong) => {
    const row: object = runIn(state);
    expect(runSchema.safeParse(row).success).toBe(true);
    expect(runSchema.safeParse({ ...row, ...wrong }).success).toBe(false);
  });
});

test("never is later than any Date", () => {
  expect(farFuture).toBeGreaterThan(8.64e15);
  expect(Number.isSafeInteger(farFuture)).toBe(true);
});

describe("lost leases", () => {
  test("are the claims since the last death without an outcome, the present one not counted", () => {
    expect(lostLeasesOf(running({ claimCount: 1 }))).toBe(0);
    expect(lostLeasesOf(running({ claimCount: 4, claimCountAtStart: 0, failedAttempts: 1 }))).toBe(2);
    expect(lostLeasesOf(running({ claimCount: 8, claimCountAtStart: 5, failedAttempts: 2 }))).toBe(0);
    expect(lostLeasesOf(runIn("retry", { claimCount: 4, claimCountAtStart: 0, failedAttempts: 1 }))).toBe(3);
    expect(lostLeasesOf(runIn("succeeded", { claimCount: 2, claimCountAtStart: 0, failedAttempts: 0 }))).toBe(
      1,
    );
  });

  test("are no crashes as long as no start was recorded", () => {
    expect(crashesOf(running({ claimCount: 9 }))).toBe(0);
  });
});

describe("crashes", () => {
  test("are the recorded starts since the last death, the present claim not counted", () => {
    expect(crashesOf(running({ claimCount: 5, crashes: 3, recordedStart: 4 }))).toBe(3);
    expect(crashesOf(running({ claimCount: 5, crashes: 3, recordedStart: 5 }))).toBe(2);
    expect(crashesOf(running({ claimCount: 5, crashes: 3, crashesAtStart: 3, recordedStart: 2 }))).toBe(0);
  });

  test("of all generations include those before the last death, the present claim not counted", () => {
    expect(allCrashesOf(running({ claimCount: 5, crashes: 3, crashesAtStart: 3, recordedStart: 5 }))).toBe(2);
    expect(allCrashesOf(runIn("dead", { claimCount: 5, crashes: 3, crashesAtStart: 3 }))).toBe(3);
    expect(allCrashesOf(runIn("queued"))).toBe(0);
  });

  test("include the present claim when its lease is lost", () => {
    expect(crashesIfLost(running({ claimCount: 5, crashes: 3, recordedStart: 5 }))).toBe(3);
  });
});
