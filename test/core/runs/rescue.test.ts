import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  countsAgainstBudget,
  maxResends,
  postponed,
  rescue,
  shouldWatch,
} from "../../../shared/core/runs/rescue.ts";
import { isTerminal, maxCrashes, type RunState } from "../../../shared/core/runs/run.ts";
import { anyRun, now, runIn, states } from "./any-run.ts";

const minute = 60_000;
const hour = 60 * minute;

describe("rescue of a run that is due for a check", () => {
  test.each<[string, RunState, object, unknown]>([
    ["has ended well", "succeeded", {}, { kind: "keep" }],
    ["is dead", "dead", {}, { kind: "keep" }],
    ["was cancelled", "cancelled", {}, { kind: "keep" }],
    ["has expired", "expired", {}, { kind: "keep" }],
    ["is held", "running", { availableAt: now + 1 }, { kind: "check-later", at: now + 1 }],
    ["is not due", "queued", { availableAt: now + 1 }, { kind: "check-later", at: now + 1 + minute }],
    [
      "waits for its next attempt",
      "retry",
      { availableAt: now + hour },
      { kind: "check-later", at: now + hour + minute },
    ],
    ["is due", "queued", { availableAt: now }, { kind: "resend", again: now + 5 * minute }],
    ["is due and parked", "parked", { availableAt: now }, { kind: "resend", again: now + 5 * minute }],
    [
      "was held by a worker that is gone",
      "running",
      { availableAt: now, claimCount: 1 },
      { kind: "resend", again: now + 5 * minute },
    ],
    ["had a resend before", "queued", { resendCount: 3 }, { kind: "resend", again: now + 40 * minute }],
    ["had resends often", "queued", { resendCount: 7 }, { kind: "resend", again: now + 6 * hour }],
    [
      "had as many resends but one as it may",
      "queued",
      { resendCount: maxResends - 1 },
      { kind: "resend", again: now + 6 * hour },
    ],
    [
      "was never claimed",
      "queued",
      { resendCount: maxResends },
      { kind: "end", as: "dead", reason: "60 messages were sent for it and none was claimed" },
    ],
    [
      "killed its workers",
      "running",
      {
        availableAt: now,
        claimCount: 9,
        claimCountAtStart: 5,
        failedAttempts: 1,
        crashes: 5,
        crashesAtStart: 2,
      },
      { kind: "end", as: "dead", reason: "its worker was killed 3 times while it ran" },
    ],
    [
      "killed all but one of the workers it may",
      "running",
      { availableAt: now, claimCount: 8, claimCountAtStart: 5, failedAttempts: 1, crashes: 2 },
      { kind: "resend", again: now + 5 * minute },
    ],
    [
      "lost lease after lease without a recorded start",
      "running",
      { availableAt: now, claimCount: 8, claimCountAtStart: 0 },
      { kind: "resend", again: now + 5 * 64 * minute },
    ],
    [
      "lost more leases than any outage explains",
      "running",
      { availableAt: now, claimCount: 60, claimCountAtStart: 0 },
      { kind: "end", as: "dead", reason: "it was claimed 60 times and no worker recorded an outcome" },
    ],
    [
      "is held by the last worker it may kill",
      "running",
      {
        availableAt: now + 1,
        claimCount: 9,
        claimCountAtStart: 5,
        failedAttempts: 1,
        crashes: 3,
        recordedStart: 9,
      },
      { kind: "check-later", at: now + 1 },
    ],
    [
      "killed its workers, and then one lived to say why it failed",
      "retry",
      { claimCount: 9, claimCountAtStart: 5, failedAttempts: 1, crashes: 2 },
      { kind: "resend", again: now + 5 * minute },
    ],
    [
      "was not tried in time",
      "queued",
      { expiresAt: now - 1 },
      { kind: "end", as: "expired", reason: "no attempt had started by 2025-12-31T23:59:59.999Z" },
    ],
    ["may just be tried in time", "queued", { expiresAt: now }, { kind: "resend", again: now + 5 * minute }],
    [
      "was tried in time",
      "retry",
      { expiresAt: now - 1, claimCount: 1, failedAttempts: 1 },
      { kind: "resend", again: now + 5 * minute },
    ],
    [
      "is wanted again, by a redrive after its time",
      "queued",
      { expiresAt: now - 1, generation: 2 },
      { kind: "resend", again: now + 5 * minute },
    ],
    [
      "was tried in time, died, and was put off after its redrive",
      "queued",
      { expiresAt: now - 1, generation: 2, claimCount: 3, claimCountAtStart: 3 },
      { kind: "resend", again: now + 5 * minute },
    ],
  ])("that %s gets what it needs", (_, state, more, expected) => {
    expect(rescue(runIn(state, more), now)).toEqual(expected);
  });

  test("gets resends for as long as a queue keeps a message, and no longer", () => {
    let at = now;
    for (let resendCount = 0; resendCount < maxResends; resendCount++) {
      const needed = rescue(runIn("queued", { resendCount }), at);
      expect(needed).toMatchObject({ kind: "resend" });
      if (needed.kind === "resend") at = needed.again;
    }
    expect(at - now).toBeGreaterThan(13 * 24 * hour);
    expect(at - now).toBeLessThan(15 * 24 * hour);
  });

  test("is never ended while a worker may hold it, and is always checked again later", () => {
    fc.assert(
      fc.property(anyRun, fc.nat(2 * now), (run, at) => {
        const needed = rescue(run, at);
        expect(needed.kind === "keep").toBe(isTerminal(run.state));
        if (needed.kind === "end") expect(run.availableAt).toBeLessThanOrEqual(at);
        if (needed.kind === "check-later") expect(needed.at).toBeGreaterThan(at);
        if (needed.kind === "resend") expect(needed.again).toBeGreaterThan(at);
      }),
    );
  });
});

describe("a run for which a backlog leaves no message", () => {
  test("is postponed by as long as it has waited, within a minute and an hour", () => {
    const waits = [0, 30_000, 5 * minute, 40 * minute, 2 * hour, 300 * hour];
    expect(waits.map((ms) => postponed(runIn("queued", { availableAt: now - ms }), now) - now)).toEqual([
      minute,
      minute,
      5 * minute,
      40 * minute,
      hour,
      hour,
    ]);
  });

  test("is checked less than 30 times in the first day of a backlog", () => {
    const run = runIn("queued", { availableAt: now });
    let count = 0;
    for (let at = now + 15 * minute; at < now + 24 * hour; at = postponed(run, at)) count++;
    expect(count).toBeLessThan(30);
  });
});

describe("shouldWatch, at the first check", () => {
  const cases = states.flatMap((state) =>
    [now, now + 1].flatMap((availableAt) =>
      [undefined, "sweep#1"].flatMap((timerKey) =>
        [true, false].map((laneIsEmpty) => ({ state, availableAt, timerKey, laneIsEmpty })),
      ),
    ),
  );
  const watched = cases.filter(({ state, availableAt, timerKey, laneIsEmpty }) =>
    shouldWatch({ ...runIn(state), timerKey, availableAt }, now, laneIsEmpty),
  );

  test("watches what is under way, once", () => {
    const underWay = watched.filter(({ state }) => state !== "queued");
    expect(underWay).toHaveLength(3 * 2 * 2);
    expect(new Set(underWay.map(({ state }) => state))).toEqual(new Set(["parked", "retry", "running"]));
    expect(watched.every(({ timerKey }) => timerKey === undefined)).toBe(true);
  });

  test("watches a queued run only when it is due and its lane has no backlog", () => {
    expect(watched.filter(({ state }) => state === "queued")).toEqual([
      { state: "queued", availableAt: now, timerKey: undefined, laneIsEmpty: true },
    ]);
  });
});

test("a crash of the worker is survived at least once", () => {
  expect(maxCrashes).toBeGreaterThan(1);
});

test("a resend counts against a lane's backlog unless a worker is gone with the run", () => {
  const counted = states.filter((state) => countsAgainstBudget(runIn(state)));
  expect(counted).toEqual(states.filter((state) => state !== "running"));
});
