import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { admits } from "../../../shared/core/runs/admission.ts";
import { ttlAt, type Wait } from "../../../shared/core/runs/change.ts";
import type { Verdict } from "../../../shared/core/runs/decide.ts";
import { fingerprintOf } from "../../../shared/core/runs/failure.ts";
import { inlineBytes, mostPayloadBytes } from "../../../shared/core/runs/input.ts";
import { hasEnded, moves, never } from "../../../shared/core/runs/run.ts";
import { end, recordStart, resultText, settle } from "../../../shared/core/runs/settle.ts";
import { enrol, leave, push, unpark } from "../../../shared/core/runs/watch.ts";
import { dueKeyOf, listShards, shardOf } from "../../../shared/core/shard.ts";
import { anyAt, anyEnd, anyVerdict, anyWait, applied, apply, claim } from "../schedules/stored.ts";
import { anyRunIn, anyRunning, now, runIn, running } from "./any-run.ts";

const boom = { name: "Error", message: "boom 7" };
const later = now + 90_000;

describe("settling", () => {
  const run = running({ attempt: 4, base: 1, failed: 1, resends: 2, dueKey: "sweep#1", dueAt: now });

  const settled = (verdict: Verdict, wait: Wait = "hide") => {
    const { set, drop } = settle(run, verdict, now, wait);
    return { set, drop };
  };
  const ended = { free: never, endedAt: now, ttl: ttlAt(now) };

  test("is only for the holder of the token, while the run is running", () => {
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
      drop: "dueKey",
    });
    expect(settled({ kind: "succeeded", result: undefined }).set).toEqual({ state: "succeeded", ...ended });
  });

  test("a retry counts the failure and waits hidden or parked", () => {
    const verdict: Verdict = { kind: "retry", at: later, error: boom };
    const counted = { failed: 2, error: boom, free: later, resends: 0 };
    expect(settled(verdict)).toEqual({ set: { state: "retry", ...counted }, drop: undefined });
    expect(settled(verdict, "park")).toEqual({
      set: { state: "parked", ...counted, dueKey: dueKeyOf("park", run.id), dueAt: later },
      drop: undefined,
    });
  });

  describe("an attempt that had recorded its start", () => {
    const recorded = { ...run, crashes: 3, crashesAtStart: 1, recordedStart: run.attempt };
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
      expect(set).toEqual({ crashes: 3, recordedStart: run.attempt });
      expect(when).toEqual({ token: run.token, state: "running" });
    });
  });

  test("a deferral that is counted adds to those before it, and the next attempt's outcome ends the count", () => {
    const deferred = { ...run, deferrals: 2 };
    const again: Verdict = { kind: "deferred", at: later, isCounted: true };
    expect(settle(deferred, again, now, "hide").set.deferrals).toBe(3);
    expect(settle(deferred, { kind: "retry", at: later, error: boom }, now, "hide").set.deferrals).toBe(0);
    expect(settle(deferred, { kind: "dead", reason: "why" }, now, "hide").set.deferrals).toBe(0);
  });

  test("a deferral may move the run to another lane", () => {
    const moved: Verdict = { kind: "deferred", at: now, lane: "low" };
    expect(settle(run, moved, now, "park").set).toMatchObject({ state: "parked", lane: "low", free: now });
  });

  test("a deferral gives the attempt back", () => {
    const verdict: Verdict = { kind: "deferred", at: later };
    const uncharged = { attempt: 3, free: later, resends: 0 };
    expect(settled(verdict)).toEqual({ set: { state: "queued", ...uncharged }, drop: undefined });
    expect(settled(verdict, "park")).toEqual({
      set: { state: "parked", ...uncharged, dueKey: dueKeyOf("park", run.id), dueAt: later },
      drop: undefined,
    });
  });

  test("a death says why, and opens the next generation with a budget of its own", () => {
    const deadKey = `greet#${shardOf(run.id, listShards)}`;
    const deadSort = `${fingerprintOf(boom)}#${new Date(now).toISOString()}`;
    const death = { state: "dead", gen: 2, free: 0, base: 4, failed: 0, resends: 0, reason: "gave up" };
    expect(settled({ kind: "dead", reason: "gave up", error: boom })).toEqual({
      set: { ...death, diedAt: now, endedAt: now, ttl: ttlAt(now), deadKey, deadSort, error: boom },
      drop: "dueKey",
    });
  });

  test("a death without an error of the job's is filed under its reason", () => {
    const { set } = settled({ kind: "dead", reason: "killed 3 times" });
    expect(set.deadSort).toBe(settled({ kind: "dead", reason: "killed 4 times" }).set.deadSort);
    expect(set.deadSort).not.toBe(settled({ kind: "dead", reason: "no such job" }).set.deadSort);
    expect("error" in set).toBe(false);
    expect(settled({ kind: "dead", reason: "r".repeat(1_000) }).set.reason).toBe(`${"r".repeat(399)}…`);
  });

  test.each(["cancelled", "expired"] as const)("a run that is %s says why and never runs again", (kind) => {
    expect(settled({ kind, reason: "why" })).toEqual({
      set: { state: kind, reason: "why", ...ended },
      drop: "dueKey",
    });
  });

  test("always takes a run that has ended out of the due index, and never one that has not", () => {
    fc.assert(
      fc.property(anyRunning, anyVerdict, anyWait, (held, verdict, wait) => {
        const next = applied(held, settle(held, verdict, now, wait));
        if (hasEnded(next.state)) expect(next.dueKey).toBeUndefined();
        else expect(next.dueKey).toBe(next.state === "parked" ? dueKeyOf("park", held.id) : held.dueKey);
      }),
    );
  });

  test("is always a legal move, after which nobody can claim too early or again", () => {
    fc.assert(
      fc.property(anyRunning, anyVerdict, anyWait, (held, verdict, wait) => {
        const next = applied(held, settle(held, verdict, now, wait));
        expect(moves.running).toContain(next.state);
        expect(admits(next, { gen: held.gen, now: "at" in verdict ? verdict.at - 1 : now })).toBe(false);
        expect(admits(next, { gen: held.gen + 1, now })).toBe(next.state === "dead");
      }),
    );
  });

  test("a row is kept 30 days after the run ended, in whole seconds", () => {
    expect(ttlAt(now + 1_999)).toBe(now / 1_000 + 30 * 86_400 + 1);
  });
});

describe("a result", () => {
  const keep = (result: unknown) => {
    const { state, free, endedAt, ttl, ...kept } = settle(
      running(),
      { kind: "succeeded", result },
      now,
      "hide",
    ).set;
    return kept;
  };

  test("stands in the row when it is short, and elsewhere when it is not", () => {
    expect(keep("x".repeat(inlineBytes - 2))).toEqual({
      result: JSON.stringify("x".repeat(inlineBytes - 2)),
    });
    expect(keep("x".repeat(inlineBytes - 1))).toEqual({ resultStored: true });
    expect(keep("ü".repeat(inlineBytes / 2))).toEqual({ resultStored: true });
    expect(keep("x".repeat(mostPayloadBytes - 2))).toEqual({ resultStored: true });
  });

  test.each<[string, unknown, string]>([
    [
      "too large",
      "x".repeat(mostPayloadBytes - 1),
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

  test("is none where JSON has no word for it", () => {
    expect([undefined, () => 1, Symbol("x")].map(resultText)).toEqual([undefined, undefined, undefined]);
  });
});

describe("the due index", () => {
  const underway = anyRunIn("queued", "parked", "retry", "running");

  test("takes a run once, as it was when it was read", () => {
    const run = runIn("queued");
    expect(enrol(run, later)).toEqual({
      id: run.id,
      when: { state: "queued", gen: 1, dueKey: undefined },
      set: { dueKey: dueKeyOf("sweep", run.id), dueAt: later },
    });
    expect(apply(applied(run, enrol(run, later)), enrol(run, later))).toBeUndefined();
  });

  test("moves an entry that nobody moved meanwhile", () => {
    const run = applied(runIn("retry"), enrol(runIn("retry"), now));
    const pushed = applied(run, push(run, later, { resends: 5 }));
    expect(pushed).toEqual({ ...run, dueAt: later, resends: 5 });
    expect(apply(pushed, push(run, later + 1))).toBeUndefined();
    expect(apply({ ...run, state: "running" }, push(run, later))).toBeUndefined();
  });

  test("hands a parked run whose message is on its way to the sweeper", () => {
    const parked = runIn("parked");
    const queued = applied(parked, unpark(parked, later));
    expect(queued).toMatchObject({
      state: "queued",
      dueKey: dueKeyOf("sweep", parked.id),
      dueAt: later,
      free: parked.free,
    });
    expect(apply(queued, unpark(parked, later))).toBeUndefined();
  });

  test("hands over the entry of a run that was claimed before its turn, and leaves its state alone", () => {
    const claimed = runIn("running", { dueKey: dueKeyOf("park", "greet:k"), dueAt: now });
    expect(unpark(claimed, later).set).toEqual({ dueKey: dueKeyOf("sweep", "greet:k"), dueAt: later });
  });

  test("lets go of an entry that nobody moved meanwhile", () => {
    const dead = runIn("dead", { dueKey: "sweep#1", dueAt: now });
    const { dueKey, ...rest } = dead;
    expect(applied(dead, leave(dead))).toEqual(rest);
    expect(apply({ ...dead, dueAt: later }, leave(dead))).toBeUndefined();
    expect(apply({ ...dead, state: "running" }, leave(dead))).toBeUndefined();
  });

  test("is never left by being moved in", () => {
    fc.assert(
      fc.property(underway, anyAt, (run, at) => {
        const entered = run.dueKey === undefined ? applied(run, enrol(run, at)) : run;
        expect(applied(entered, push(entered, at)).dueKey).toBe(dueKeyOf("sweep", run.id));
        expect(applied(entered, unpark(entered, at)).dueKey).toBe(dueKeyOf("sweep", run.id));
      }),
    );
  });

  describe("ending a run that nobody holds", () => {
    test("is refused when anybody claimed it meanwhile", () => {
      fc.assert(
        fc.property(underway, anyEnd, (run, verdict) => {
          const claimed = claim(run, "another's", Math.max(now, run.free));
          expect(claimed && apply(claimed, end(run, verdict, now))).toBeUndefined();
          expect(claimed).toBeDefined();
        }),
      );
    });

    test("is a legal move, and has the dead in the sweeper's index until their dead letter is sent", () => {
      fc.assert(
        fc.property(underway, anyEnd, (run, verdict) => {
          const next = applied(run, end(run, verdict, now));
          expect(next.state).toBe(verdict.kind);
          expect(moves[run.state]).toContain(next.state);
          expect(next.dueKey).toBe(next.state === "dead" ? dueKeyOf("sweep", run.id) : undefined);
        }),
      );
    });
  });
});
