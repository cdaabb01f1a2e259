import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { admits } from "../../shared/core/admission.ts";
import {
  type Change,
  end,
  enrol,
  leave,
  push,
  resultText,
  settle,
  ttlAt,
  unpark,
  type Wait,
} from "../../shared/core/change.ts";
import type { Verdict } from "../../shared/core/decide.ts";
import { fingerprintOf } from "../../shared/core/failure.ts";
import { inlineBytes, mostPayloadBytes } from "../../shared/core/input.ts";
import { newRun } from "../../shared/core/new-run.ts";
import { hasEnded, moves, never, type Run, runSchema } from "../../shared/core/run.ts";
import { dueKeyOf, listShards, shardOf } from "../../shared/core/shard.ts";
import { anyRun, anyRunIn, anyRunning, now, running, runIn, states } from "./any-run.ts";

type Row = Record<string, unknown>;

/** What a store does with a change: undefined when it refuses. */
const apply = (row: Row, { id, when, set, drop }: Change): Row | undefined => {
  const isAsExpected = Object.entries(when).every(([field, value]) => row[field] === value);
  if (row["id"] !== id || !isAsExpected) return undefined;
  const next: Row = { ...row, ...set };
  if (drop) delete next[drop];
  return next;
};

const applied = (run: Run, change: Change): Run => {
  const row = apply(run, change);
  if (!row) throw new Error("the change was refused");
  return runSchema.parse(row);
};

/** What a store does with a claim. `ttl` and `deadKey` stand for whatever a claim leaves behind. */
const claim = (row: Row, token: string, at: number): Row | undefined => {
  const run = runSchema.parse(row);
  if (!admits(run, { gen: run.gen, now: at })) return undefined;
  return { ...row, state: "running", attempt: run.attempt + 1, token, startedAt: at, free: at + 35_000, resends: 0 };
};

const boom = { name: "Error", message: "boom 7" };
const later = now + 90_000;

const anyFailure = fc.record({ name: fc.string(), message: fc.string() });
const anyAt = fc.integer({ min: now, max: 2 * now });
const anyEnd = fc.oneof(
  fc.record({ kind: fc.constant("dead" as const), reason: fc.string(), error: anyFailure }),
  fc.record({ kind: fc.constantFrom("dead" as const, "expired", "cancelled"), reason: fc.string() }),
);
const anyVerdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.record({ kind: fc.constant("succeeded" as const), result: fc.anything({ withBigInt: true }) }),
  fc.record({ kind: fc.constant("retry" as const), at: anyAt, error: anyFailure }),
  fc.record({ kind: fc.constant("deferred" as const), at: anyAt }),
  anyEnd,
);
const anyWait = fc.constantFrom<Wait>("hide", "park");

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
    const deadKey = `greet#${fingerprintOf(boom)}#${shardOf(run.id, listShards)}`;
    const death = { state: "dead", gen: 2, free: 0, base: 4, failed: 0, resends: 0, reason: "gave up" };
    expect(settled({ kind: "dead", reason: "gave up", error: boom })).toEqual({
      set: { ...death, diedAt: now, endedAt: now, ttl: ttlAt(now), deadKey, error: boom },
      drop: "dueKey",
    });
  });

  test("a death without an error of the job's is filed under its reason", () => {
    const { set } = settled({ kind: "dead", reason: "killed 3 times" });
    expect(set.deadKey).toBe(settled({ kind: "dead", reason: "killed 4 times" }).set.deadKey);
    expect(set.deadKey).not.toBe(settled({ kind: "dead", reason: "no such job" }).set.deadKey);
    expect("error" in set).toBe(false);
    expect(settled({ kind: "dead", reason: "r".repeat(1_000) }).set.reason).toBe(`${"r".repeat(399)}…`);
  });

  test.each(["cancelled", "expired"] as const)("a run that is %s says why and never runs again", (kind) => {
    expect(settled({ kind, reason: "why" })).toEqual({ set: { state: kind, reason: "why", ...ended }, drop: "dueKey" });
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
    const { state, free, endedAt, ttl, ...kept } = settle(running(), { kind: "succeeded", result }, now, "hide").set;
    return kept;
  };

  test("stands in the row when it is short, and elsewhere when it is not", () => {
    expect(keep("x".repeat(inlineBytes - 2))).toEqual({ result: JSON.stringify("x".repeat(inlineBytes - 2)) });
    expect(keep("x".repeat(inlineBytes - 1))).toEqual({ resultStored: true });
    expect(keep("ü".repeat(inlineBytes / 2))).toEqual({ resultStored: true });
    expect(keep("x".repeat(mostPayloadBytes - 2))).toEqual({ resultStored: true });
  });

  test.each<[string, unknown, string]>([
    ["too large", "x".repeat(mostPayloadBytes - 1), "a result of 350001 bytes was not kept: 350000 is the most"],
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
    expect(queued).toMatchObject({ state: "queued", dueKey: dueKeyOf("sweep", parked.id), dueAt: later, free: parked.free });
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

    test("is a legal move, and keeps the dead in the index until their letter is sent", () => {
      fc.assert(
        fc.property(underway, anyEnd, (run, verdict) => {
          const next = applied(run, end(run, verdict, now));
          expect(next.state).toBe(verdict.kind);
          expect(moves[run.state]).toContain(next.state);
          expect(next.dueKey).toBe(next.state === "dead" ? run.dueKey : undefined);
        }),
      );
    });
  });
});

describe("the diagram of states", () => {
  const verdicts: readonly Verdict[] = [
    { kind: "succeeded", result: 1 },
    { kind: "retry", at: later, error: boom },
    { kind: "deferred", at: later },
    ...(["dead", "cancelled", "expired"] as const).map((kind) => ({ kind, reason: "why" })),
  ];
  const waits: readonly Wait[] = ["hide", "park"];

  /** All that anybody does to a run that is in a state. */
  const after = (run: Run): readonly (Row | undefined)[] => [
    claim(run, "t", later),
    ...(run.state === "running"
      ? waits.flatMap((wait) => verdicts.map((verdict) => apply(run, settle(run, verdict, now, wait))))
      : []),
    ...(run.state === "parked" ? [apply(run, unpark(run, later))] : []),
    ...(["dead", "cancelled", "expired"] as const).map((kind) =>
      hasEnded(run.state) ? undefined : apply(run, end(run, { kind, reason: "why" }, now)),
    ),
  ];

  test.each(states)("has exactly the moves that are made from %s", (state) => {
    const made = after(runIn(state)).flatMap((row) => (row ? [String(row["state"])] : []));
    expect(new Set(made)).toEqual(new Set(moves[state]));
  });
});

describe("any sequence of changes", () => {
  /** A step works on what it read some steps ago, as anything may that runs beside others. */
  type Step = (read: Run, at: number, token: string) => Change | undefined;

  const unlessEnded = (step: Step): Step => (read, at, token) => (hasEnded(read.state) ? undefined : step(read, at, token));
  const anyStep: fc.Arbitrary<Step | "claim"> = fc.oneof(
    { weight: 3, arbitrary: fc.constant("claim" as const) },
    {
      weight: 3,
      arbitrary: fc.tuple(anyVerdict, anyWait, fc.nat(60_000)).map(
        ([verdict, wait, ms]): Step =>
          (read, at) => {
            if (read.state !== "running") return undefined;
            return settle(read, "at" in verdict ? { ...verdict, at: at + ms } : verdict, at, wait);
          },
      ),
    },
    fc.constantFrom<Step>(
      unlessEnded((read, at) => enrol(read, at)),
      (read, at) => (read.dueKey === undefined ? undefined : push(read, at, { resends: read.resends + 1 })),
      (read, at) => (read.dueKey === undefined ? undefined : unpark(read, at)),
      (read) => (hasEnded(read.state) ? leave(read) : undefined),
    ),
    anyEnd.map((verdict): Step => unlessEnded((read, at) => end(read, verdict, at))),
  );
  const anySteps = fc.array(fc.tuple(anyStep, fc.nat(40_000), fc.nat(3)), { minLength: 1, maxLength: 40 });
  const fresh = newRun({ job: "greet", key: "k", lane: "normal", input: "7", due: now, now });

  const check = (before: Run, after: Run): void => {
    if (after.state !== before.state) expect(moves[before.state]).toContain(after.state);
    expect(after.gen - before.gen).toBe(after.state === "dead" && before.state !== "dead" ? 1 : 0);
    if (before.dueKey !== undefined && !hasEnded(after.state)) expect(after.dueKey).toBeDefined();
    if (after.state === "parked") expect(after.dueKey).toBeDefined();
    expect(after.attempt - after.base - after.failed).toBeGreaterThanOrEqual(0);
  };

  test("makes only legal moves, loses no entry of a run that has not ended, and leaves a row that can be read", () => {
    fc.assert(
      fc.property(fc.oneof(anyRun, fc.constant<Run>(fresh)), anySteps, (first, steps) => {
        let row: Row = first;
        let at = Math.max(now, first.free === never ? 0 : first.free);
        const reads: Run[] = [first];
        steps.forEach(([step, ms, ago], i) => {
          at += ms;
          const read = reads.at(-1 - ago) ?? first;
          const change = step === "claim" ? undefined : step(read, at, `t${i}`);
          const next = step === "claim" ? claim(row, `t${i}`, at) : change && apply(row, change);
          if (!next) return;
          const [before, after] = [runSchema.parse(row), runSchema.parse(next)];
          check(before, after);
          row = next;
          reads.push(after);
        });
      }),
      { numRuns: 400 },
    );
  });
});
