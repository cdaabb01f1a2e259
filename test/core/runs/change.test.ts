import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { admits } from "../../../shared/core/runs/admission.ts";
import { ttlAt, type Wait } from "../../../shared/core/runs/change.ts";
import type { Verdict } from "../../../shared/core/runs/decide.ts";
import { fingerprintOf } from "../../../shared/core/runs/failure.ts";
import { inlineBytes, maxPayloadBytes } from "../../../shared/core/runs/input.ts";
import { farFuture, isTerminal, transitions } from "../../../shared/core/runs/run.ts";
import { extendLease, recordStart, resultText, settle } from "../../../shared/core/runs/settle.ts";
import { listShards, shardOf, timerKeyOf } from "../../../shared/core/shard.ts";
import { anyRunning, now, running } from "./any-run.ts";
import { anyVerdict, anyWait, applied, apply } from "./stored.ts";

const boom = { name: "Error", message: "boom 7" };
const later = now + 90_000;

describe("settle", () => {
  const run = running({
    claimCount: 4,
    claimCountAtStart: 1,
    failedAttempts: 1,
    resendCount: 2,
    timerKey: "sweep#1",
    timerAt: now,
  });

  const settled = (verdict: Verdict, wait: Wait = "hide") => {
    const { set, drop } = settle(run, verdict, now, wait);
    return { set, drop };
  };
  const ended = { availableAt: farFuture, endedAt: now, ttl: ttlAt(now) };

  test("applies only for the holder of the token, while the run is running", () => {
    expect(settle(run, { kind: "succeeded", result: 1 }, now, "hide")).toMatchObject({
      id: run.id,
      when: { token: run.token, state: "running" },
    });
    fc.assert(
      fc.property(anyRunning, anyVerdict, anyWait, (held, verdict, wait) => {
        const change = settle(held, verdict, now, wait);
        expect(apply({ ...held, token: "another's" }, change)).toBeUndefined();
        expect(apply(applied(held, change), change)).toBeUndefined();
      }),
    );
  });

  test("a success keeps the result and never runs again", () => {
    expect(settled({ kind: "succeeded", result: { a: 1 } })).toEqual({
      set: { state: "succeeded", ...ended, result: '{"a":1}' },
      drop: "timerKey",
    });
    expect(settled({ kind: "succeeded", result: undefined }).set).toEqual({ state: "succeeded", ...ended });
  });

  test("a retry counts the failure and waits hidden or parked", () => {
    const verdict: Verdict = { kind: "retry", at: later, error: boom };
    const counted = { failedAttempts: 2, error: boom, availableAt: later, resendCount: 0 };
    expect(settled(verdict)).toEqual({ set: { state: "retry", ...counted }, drop: undefined });
    expect(settled(verdict, "park")).toEqual({
      set: { state: "parked", ...counted, timerKey: timerKeyOf("park", run.id), timerAt: later },
      drop: undefined,
    });
  });

  describe("an attempt that had recorded its start", () => {
    const recorded = { ...run, crashes: 3, crashesAtStart: 1, recordedStart: run.claimCount };
    const verdicts: readonly Verdict[] = [
      { kind: "succeeded", result: 1 },
      { kind: "retry", at: later, error: boom },
      { kind: "deferred", at: later },
      { kind: "dead", reason: "why" },
      { kind: "cancelled", reason: "why" },
    ];

    test.each(verdicts)("was no crash when it $kind", (verdict) => {
      const { set } = settle(recorded, verdict, now, "hide");
      expect(set).toMatchObject({ crashes: 2, recordedStart: 0 });
      if (verdict.kind === "dead") expect(set.crashesAtStart).toBe(2);
    });

    test("counts as a crash before its outcome is written", () => {
      const { set, when } = recordStart({ ...run, crashes: 2 });
      expect(set).toEqual({ crashes: 3, recordedStart: run.claimCount });
      expect(when).toEqual({ token: run.token, state: "running" });
      expect(recordStart(run).set).toEqual({ crashes: 1, recordedStart: run.claimCount });
    });
  });

  test("a success records why its result is not stored", () => {
    const noted: Verdict = { kind: "succeeded", result: undefined, resultNote: "too large" };
    expect(settled(noted).set).toMatchObject({ state: "succeeded", resultNote: "too large" });
  });

  test("a longer lease is only for the holder of the token", () => {
    const change = extendLease(run, later);
    expect(applied(run, change)).toEqual({ ...run, availableAt: later });
    expect(apply({ ...run, token: "another's" }, change)).toBeUndefined();
  });

  test("a deferral that is counted adds to those before it, and the next attempt's outcome ends the count", () => {
    const deferred = { ...run, deferrals: 2 };
    const again: Verdict = { kind: "deferred", at: later, isCounted: true };
    expect(settle(deferred, again, now, "hide").set.deferrals).toBe(3);
    expect(settle(run, again, now, "hide").set.deferrals).toBe(1);
    expect(settle(deferred, { kind: "retry", at: later, error: boom }, now, "hide").set.deferrals).toBe(0);
    expect(settle(deferred, { kind: "dead", reason: "why" }, now, "hide").set.deferrals).toBe(0);
  });

  test("a deferral may move the run to another lane", () => {
    const moved: Verdict = { kind: "deferred", at: now, lane: "low" };
    expect(settle(run, moved, now, "park").set).toMatchObject({
      state: "parked",
      lane: "low",
      availableAt: now,
    });
  });

  test("a deferral gives the attempt back", () => {
    const verdict: Verdict = { kind: "deferred", at: later };
    const uncharged = { claimCount: 3, availableAt: later, resendCount: 0 };
    expect(settled(verdict)).toEqual({ set: { state: "queued", ...uncharged }, drop: undefined });
    expect(settled(verdict, "park")).toEqual({
      set: { state: "parked", ...uncharged, timerKey: timerKeyOf("park", run.id), timerAt: later },
      drop: undefined,
    });
  });

  test("a death records its reason, and opens the next generation with its own attempts", () => {
    const deadKey = `greet#${shardOf(run.id, listShards)}`;
    const deadSort = `${fingerprintOf(boom)}#${new Date(now).toISOString()}`;
    const death = {
      state: "dead",
      generation: 2,
      availableAt: 0,
      claimCountAtStart: 4,
      failedAttempts: 0,
      resendCount: 0,
      reason: "gave up",
    };
    expect(settled({ kind: "dead", reason: "gave up", error: boom })).toEqual({
      set: { ...death, diedAt: now, endedAt: now, ttl: ttlAt(now), deadKey, deadSort, error: boom },
      drop: "timerKey",
    });
  });

  test("a death without an error of the job has a fingerprint of its reason", () => {
    const { set } = settled({ kind: "dead", reason: "killed 3 times" });
    expect(set.deadSort).toBe(settled({ kind: "dead", reason: "killed 4 times" }).set.deadSort);
    expect(set.deadSort).not.toBe(settled({ kind: "dead", reason: "no such job" }).set.deadSort);
    expect("error" in set).toBe(false);
    expect(settled({ kind: "dead", reason: "r".repeat(1_000) }).set.reason).toBe(`${"r".repeat(399)}…`);
  });

  test("a death clears cancelRequested, so that a retry is not cancelled", () => {
    const asked = { ...run, cancelRequested: "too late" };
    expect(settle(asked, { kind: "dead", reason: "why" }, now, "hide").set.cancelRequested).toBe("");
  });

  test.each(["cancelled", "expired"] as const)("a run that is %s says why and never runs again", (kind) => {
    expect(settled({ kind, reason: "why" })).toEqual({
      set: { state: kind, reason: "why", ...ended },
      drop: "timerKey",
    });
  });

  test("always takes a run that has ended out of the timer index, and never one that has not", () => {
    fc.assert(
      fc.property(anyRunning, anyVerdict, anyWait, (held, verdict, wait) => {
        const next = applied(held, settle(held, verdict, now, wait));
        if (isTerminal(next.state)) expect(next.timerKey).toBeUndefined();
        else
          expect(next.timerKey).toBe(next.state === "parked" ? timerKeyOf("park", held.id) : held.timerKey);
      }),
    );
  });

  test("is always a legal transition, after which no claim is too early or repeated", () => {
    fc.assert(
      fc.property(anyRunning, anyVerdict, anyWait, (held, verdict, wait) => {
        const next = applied(held, settle(held, verdict, now, wait));
        expect(transitions.running).toContain(next.state);
        expect(
          admits(next, { generation: held.generation, now: "at" in verdict ? verdict.at - 1 : now }),
        ).toBe(false);
        expect(admits(next, { generation: held.generation + 1, now })).toBe(next.state === "dead");
      }),
    );
  });

  test("a row is kept 30 days after the run ended, in whole seconds", () => {
    expect(ttlAt(now + 1_999)).toBe(now / 1_000 + 30 * 86_400 + 1);
  });
});

describe("a result", () => {
  const keep = (result: unknown) => {
    const {
      state,
      availableAt: free,
      endedAt,
      ttl,
      ...kept
    } = settle(running(), { kind: "succeeded", result }, now, "hide").set;
    return kept;
  };

  test("is stored in the row when it is short, and elsewhere when it is not", () => {
    expect(keep("x".repeat(inlineBytes - 2))).toEqual({
      result: JSON.stringify("x".repeat(inlineBytes - 2)),
    });
    expect(keep("x".repeat(inlineBytes - 1))).toEqual({ resultStored: true });
    expect(keep("ü".repeat(inlineBytes / 2))).toEqual({ resultStored: true });
    expect(keep("x".repeat(maxPayloadBytes - 2))).toEqual({ resultStored: true });
  });

  test.each<[string, unknown, string]>([
    [
      "too large",
      "x".repeat(maxPayloadBytes - 1),
      "a result of 350001 bytes was not kept: 350000 is the most",
    ],
    ["a bigint", 10n, "the result was not kept: JSON cannot say it (Do not know how to serialize a BigInt)"],
    [
      "one that throws nonsense",
      {
        toJSON: () => {
          throw Object.create(null);
        },
      },
      "the result was not kept: JSON cannot say it (threw {} instead of an Error)",
    ],
  ])("is not kept, and the run succeeds all the same, when it is %s", (_, result, resultNote) => {
    expect(keep(result)).toEqual({ resultNote });
  });

  test("is absent when JSON cannot express it", () => {
    expect([undefined, () => 1, Symbol("x")].map(resultText)).toEqual([undefined, undefined, undefined]);
  });
});
