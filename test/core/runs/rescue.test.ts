import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mostResends, needsCare, postponed, repair } from "../../../shared/core/runs/rescue.ts";
import { hasEnded, maxCrashes, type RunState } from "../../../shared/core/runs/run.ts";
import { anyRun, now, runIn, states } from "./any-run.ts";

const minute = 60_000;
const hour = 60 * minute;

describe("a run that the sweeper looks at", () => {
  test.each<[string, RunState, object, unknown]>([
    ["has ended well", "succeeded", {}, { kind: "leave" }],
    ["is dead", "dead", {}, { kind: "leave" }],
    ["was cancelled", "cancelled", {}, { kind: "leave" }],
    ["has expired", "expired", {}, { kind: "leave" }],
    ["is held", "running", { free: now + 1 }, { kind: "look", at: now + 1 }],
    ["is not due", "queued", { free: now + 1 }, { kind: "look", at: now + 1 + minute }],
    ["waits for its next attempt", "retry", { free: now + hour }, { kind: "look", at: now + hour + minute }],
    ["is due", "queued", { free: now }, { kind: "resend", again: now + 5 * minute }],
    ["is due and parked", "parked", { free: now }, { kind: "resend", again: now + 5 * minute }],
    [
      "was held by a worker that is gone",
      "running",
      { free: now, attempt: 1 },
      { kind: "resend", again: now + 5 * minute },
    ],
    ["had a resend before", "queued", { resends: 3 }, { kind: "resend", again: now + 40 * minute }],
    ["had resends often", "queued", { resends: 7 }, { kind: "resend", again: now + 6 * hour }],
    [
      "had as many resends but one as it may",
      "queued",
      { resends: mostResends - 1 },
      { kind: "resend", again: now + 6 * hour },
    ],
    [
      "was never claimed",
      "queued",
      { resends: mostResends },
      { kind: "end", as: "dead", reason: "60 messages were sent for it and none was claimed" },
    ],
    [
      "killed its workers",
      "running",
      { free: now, attempt: 9, base: 5, failed: 1, crashes: 5, crashesAtStart: 2 },
      { kind: "end", as: "dead", reason: "its worker was killed 3 times while it ran" },
    ],
    [
      "killed all but one of the workers it may",
      "running",
      { free: now, attempt: 8, base: 5, failed: 1, crashes: 2 },
      { kind: "resend", again: now + 5 * minute },
    ],
    [
      "lost lease after lease without a recorded start",
      "running",
      { free: now, attempt: 8, base: 0 },
      { kind: "resend", again: now + 5 * 64 * minute },
    ],
    [
      "lost more leases than any outage explains",
      "running",
      { free: now, attempt: 60, base: 0 },
      { kind: "end", as: "dead", reason: "it was claimed 60 times and no worker recorded an outcome" },
    ],
    [
      "is held by the last worker it may kill",
      "running",
      { free: now + 1, attempt: 9, base: 5, failed: 1, crashes: 3, recordedStart: 9 },
      { kind: "look", at: now + 1 },
    ],
    [
      "killed its workers, and then one lived to say why it failed",
      "retry",
      { attempt: 9, base: 5, failed: 1, crashes: 2 },
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
      { expiresAt: now - 1, attempt: 1, failed: 1 },
      { kind: "resend", again: now + 5 * minute },
    ],
    [
      "is wanted again, by a redrive after its time",
      "queued",
      { expiresAt: now - 1, gen: 2 },
      { kind: "resend", again: now + 5 * minute },
    ],
    [
      "was tried in time, died, and was put off after its redrive",
      "queued",
      { expiresAt: now - 1, gen: 2, attempt: 3, base: 3 },
      { kind: "resend", again: now + 5 * minute },
    ],
  ])("that %s gets what it needs", (_, state, more, expected) => {
    expect(repair(runIn(state, more), now)).toEqual(expected);
  });

  test("gets resends for as long as a queue keeps a message, and no longer", () => {
    let at = now;
    for (let resends = 0; resends < mostResends; resends++) {
      const needed = repair(runIn("queued", { resends }), at);
      expect(needed).toMatchObject({ kind: "resend" });
      if (needed.kind === "resend") at = needed.again;
    }
    expect(at - now).toBeGreaterThan(13 * 24 * hour);
    expect(at - now).toBeLessThan(15 * 24 * hour);
  });

  test("is never ended while somebody may hold it, and is always looked at again, later", () => {
    fc.assert(
      fc.property(anyRun, fc.nat(2 * now), (run, at) => {
        const needed = repair(run, at);
        expect(needed.kind === "leave").toBe(hasEnded(run.state));
        if (needed.kind === "end") expect(run.free).toBeLessThanOrEqual(at);
        if (needed.kind === "look") expect(needed.at).toBeGreaterThan(at);
        if (needed.kind === "resend") expect(needed.again).toBeGreaterThan(at);
      }),
    );
  });
});

describe("a run for which a backlog leaves no message", () => {
  test("is postponed by as long as it has waited, within a minute and an hour", () => {
    const waits = [0, 30_000, 5 * minute, 40 * minute, 2 * hour, 300 * hour];
    expect(waits.map((ms) => postponed(runIn("queued", { free: now - ms }), now) - now)).toEqual([
      minute,
      minute,
      5 * minute,
      40 * minute,
      hour,
      hour,
    ]);
  });

  test("is looked at less than 30 times in its first day", () => {
    const run = runIn("queued", { free: now });
    let count = 0;
    for (let at = now + 15 * minute; at < now + 24 * hour; at = postponed(run, at)) count++;
    expect(count).toBeLessThan(30);
  });
});

describe("the first look", () => {
  const cases = states.flatMap((state) =>
    [now, now + 1].flatMap((free) =>
      [undefined, "sweep#1"].flatMap((dueKey) =>
        [true, false].map((laneIsEmpty) => ({ state, free, dueKey, laneIsEmpty })),
      ),
    ),
  );
  const enrolled = cases.filter(({ state, free, dueKey, laneIsEmpty }) =>
    needsCare({ ...runIn(state), dueKey, free }, now, laneIsEmpty),
  );

  test("enrols what is under way, once", () => {
    const underWay = enrolled.filter(({ state }) => state !== "queued");
    expect(underWay).toHaveLength(3 * 2 * 2);
    expect(new Set(underWay.map(({ state }) => state))).toEqual(new Set(["parked", "retry", "running"]));
    expect(enrolled.every(({ dueKey }) => dueKey === undefined)).toBe(true);
  });

  test("enrols a queued run only when it is due and its lane has no backlog", () => {
    expect(enrolled.filter(({ state }) => state === "queued")).toEqual([
      { state: "queued", free: now, dueKey: undefined, laneIsEmpty: true },
    ]);
  });
});

test("a crash of the worker is survived at least once", () => {
  expect(maxCrashes).toBeGreaterThan(1);
});
